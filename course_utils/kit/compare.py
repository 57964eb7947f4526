"""How a learner's result differs from the expected one, in words and in cells."""

import reprlib
from decimal import Decimal
from fractions import Fraction

import numpy as np

_KINDS = {"b": "truth values", "i": "whole numbers", "u": "whole numbers"}
_KINDS |= {"f": "floating-point numbers", "c": "complex numbers"}


def difference(expected: object, result: object, *, whole: bool = True) -> str:
    """Say how a result differs from the expected one; "" if it does not.

    Shape comes first, then values (floating point to 5 digits), then kind of number.
    result: anything; what `numpy.asarray` can read is as good as an array. whole:
    whether 2.0 is refused for 2, and 2 for 2.0.

    >>> difference(np.array([1, 2]), np.array([1, 3]))
    'at [1] expected 2, yours is 3'
    """
    wanted, got = numbers(expected), numbers(result)
    if result is None:
        return "returned None: does it end with a return?"
    if got is None:
        return f"expected {_extent(wanted)}, yours returned {shown(result)}"
    if got.shape != wanted.shape:
        return f"expected {_extent(wanted)}, yours has {_extent(got)}"
    if cells := differing(wanted, got):
        return _in_words(cells, wanted, got)
    should, is_ = _KINDS[wanted.dtype.kind], _KINDS[got.dtype.kind]
    remark = f"the values are right, but should be {should}; yours are {is_}"
    either = not whole and wanted.dtype.kind in "iuf" and got.dtype.kind in "iuf"
    return "" if should == is_ or either else remark


def same_values(expected: object, result: object) -> bool:
    """Tell whether a result has the expected shape and values, of whatever kind."""
    wanted, got = numbers(expected), numbers(result)
    readable = wanted is not None and got is not None
    return readable and wanted.shape == got.shape and not differing(wanted, got)


def is_rounded(expected: object, result: object) -> bool:
    """Tell whether a result is the expected one with two to four decimals."""
    wanted, got = numbers(expected), numbers(result)
    if wanted is None or got is None or wanted.dtype.kind != "f":
        return False
    decimals = [np.round(wanted, count) for count in (2, 3, 4)]
    return wanted.shape == got.shape and any(
        np.allclose(short, got, rtol=0, atol=1e-6, equal_nan=True) for short in decimals
    )


def differing(expected: np.ndarray, result: np.ndarray) -> list[tuple[int, ...]]:
    """Return the cells that differ, in reading order; none if the shapes differ."""
    if expected.shape != result.shape:
        return []
    relative = 1e-5 if expected.dtype.kind in "fc" else 0
    close = np.isclose(result, expected, rtol=relative, atol=1e-6, equal_nan=True)
    return [tuple(map(int, index)) for index in np.argwhere(~close)]


def numbers(result: object) -> np.ndarray | None:
    """Read anything that holds numbers as an array; None if it holds anything else."""
    try:
        if hasattr(result, "detach"):
            result = result.detach().cpu()
        array = np.asarray(result)
        if array.dtype == object and _is_exact(array):
            array = np.array(array.tolist())
            array = array.astype(float) if array.dtype == object else array
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return array if array.dtype.kind in _KINDS else None


def is_finite(array: np.ndarray | None) -> bool:
    return array is not None and bool(np.isfinite(array).all())


def _is_exact(array: np.ndarray) -> bool:
    kinds = Fraction, Decimal, int, float, np.integer
    return array.size > 0 and all(isinstance(value, kinds) for value in array.flat)


def shown(value: object) -> str:
    """Write a value with its type on one short line, such as ``"list [1, 2]"``."""
    return f"{type(value).__name__} {' '.join(reprlib.repr(value).split())}"


def number_text(value: np.number | float) -> str:
    """Write a number for a sentence: floating point to seven digits."""
    return f"{value:.7g}" if np.asarray(value).dtype.kind == "f" else f"{value}"


def _extent(array: np.ndarray) -> str:
    return f"shape {array.shape}" if array.ndim else "one number"


def _in_words(cells: list[tuple[int, ...]], wanted: np.ndarray, got: np.ndarray) -> str:
    first = cells[0]
    values = f"{number_text(wanted[first])}, yours is {number_text(got[first])}"
    if not wanted.ndim:
        return f"expected {values}"
    count = f"; {len(cells)} of {wanted.size} cells are wrong" if len(cells) > 1 else ""
    return f"at {[*first]} expected {values}{count}"
