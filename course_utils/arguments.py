"""What functions may be given: a check returns the value to use, or says what is wrong.

A check takes an argument's name and its value. There are more of them where more is
known: `sizes.as_pair`, `runtime.as_device`.
"""

import reprlib
from collections.abc import Callable, Iterable, Mapping, Set
from functools import wraps
from inspect import signature
from math import isfinite
from numbers import Integral, Real
from operator import index
from typing import Any, TypeVar
from unicodedata import category, normalize

import numpy as np

Check = Callable[[str, Any], Any]
Function = TypeVar("Function", bound=Callable)


def takes(**checks: Check) -> Callable[[Function], Function]:
    """Check arguments before a function, which lessons teach without this line."""

    def decorate(function: Function) -> Function:
        parameters = signature(function)

        @wraps(function)
        def checked(*args: object, **kwargs: object) -> object:
            try:
                call = parameters.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # Python says what is missing.
            for name in call.arguments.keys() & checks:
                call.arguments[name] = checks[name](name, call.arguments[name])
            return function(*call.args, **call.kwargs)

        return checked

    return decorate


def is_whole(value: object) -> bool:
    """Say whether it is a whole number; True is none, nor is 3.0 from a division."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    real = isinstance(value, Real) and not isinstance(value, bool)
    return real and isfinite(value)


def as_count(name: str, value: int, *, least: int = 1, most: int = 2**63 - 1) -> int:
    if not is_whole(value) or not least <= value <= most:
        some = f"{least}, {least + 1}, …" if most > least + 1 else f"{least}"
        up_to = f" up to {most}" if most < 2**63 - 1 else ""
        raise ValueError(f"{name} is {said(value)}; expected {some}{up_to}")
    return int(value)


def as_fraction(name: str, value: float) -> float:
    if not is_number(value) or not 0 <= value <= 1:
        raise ValueError(f"{name} is {said(value)}; expected a number from 0 to 1")
    return value


def as_choice(name: str, value: str, *choices: str) -> str:
    if not isinstance(value, str) or value not in choices:
        expected = " or ".join(map(repr, choices))
        raise ValueError(f"{name} is {said(value)}; expected {expected}")
    return value


def as_array(name: str, value: object, axes: str = "") -> np.ndarray:
    """Return an array of real numbers, at least one, with an axis for each letter."""
    try:
        array = np.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:  # ragged, or on a GPU
        raise ValueError(f"{name} is no array; expected numbers: {error}") from error
    if array.dtype.kind not in "buif":
        raise ValueError(f"{name} is {said(value)}, {array.dtype}; expected numbers")
    if not array.size or array.ndim != len(axes or array.shape):
        expected = f"({', '.join(axes)})" if array.size else "at least one number"
        raise ValueError(f"{name} has shape {array.shape}; expected {expected}")
    return array


def as_finite(name: str, value: object, axes: str = "") -> np.ndarray:
    array = as_array(name, value, axes)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; expected finite numbers")
    return array


def as_named(name: str, value: Mapping, most: int, check: Check) -> dict[str, Any]:
    """Return a dict of 1 to so many names, with what a check makes of each value."""
    if not isinstance(value, Mapping) or not 1 <= len(value) <= most:
        found = f"a dict of {len(value)}" if isinstance(value, Mapping) else said(value)
        raise TypeError(f"{name} is {found}; expected a dict of 1 to {most} names")
    return {
        as_text(f"a name in {name}", key): check(f"{name}[{key!r}]", one)
        for key, one in value.items()
    }


def as_text(name: str, value: str) -> str:
    """Return a text whose letters are whole, and none of which controls anything."""
    instance_of(str, "text")(name, value)
    # Macs take 각 apart: drawn letter by letter, it would be another name.
    whole = normalize("NFC", value)
    odd = {c for c in whole if category(c) in ("Cc", "Cs", "Zl", "Zp")} - {"\n"}
    return "".join(" " if c in odd else c for c in whole)


def as_texts(name: str, value: Iterable[str], count: int | None, of: str) -> list[str]:
    """Return a text for each of so many things; None: any number."""
    if isinstance(value, str | Mapping | Set) or not isinstance(value, Iterable):
        raise TypeError(f"{name} is {said(value)}; expected a list of texts")
    texts = [as_text(f"{name}[{i}]", text) for i, text in enumerate(value)]
    if count is not None and len(texts) != count:
        raise ValueError(
            f"there are {len(texts)} {name}, expected {count}, one for each of the {of}"
        )
    return texts


def as_names(name: str, value: Iterable[str], count: int | None) -> tuple[str, ...]:
    """Return names of classes, a line each; alike or empty ones with their numbers."""
    names = [" ".join(text.split()) for text in as_texts(name, value, count, "classes")]
    return tuple(
        one if one and names.count(one) == 1 else f"{i}: {one}" if one else f"class {i}"
        for i, one in enumerate(names)
    )


def as_targets(targets: Iterable, count: int, classes: int) -> list[int | None]:
    """Return the class of each of so many images, None where it has none."""
    try:
        found = [t if t is None else index(t) for t in targets]
    except TypeError as error:
        expected = "expected the number of a class for each image"
        raise TypeError(f"targets is {said(targets)}; {expected}") from error
    if len(found) != count:
        raise ValueError(f"there are {count} images but {len(found)} targets")
    if odd := {*found} - {None, *range(classes)}:
        raise ValueError(f"targets holds {odd.pop()}; expected 0 to {classes - 1}")
    return found


def as_images(name: str, images: object, *, floating: bool = False) -> object:
    """Return a batch of images, shape (N, C, H, W)."""
    from torch import Tensor  # here: convolution and sizes need only NumPy

    if not isinstance(images, Tensor):
        raise TypeError(f"{name} must be a tensor, not {type(images).__name__}")
    if images.ndim != 4:
        advice = "; for one image: image[None]" if images.ndim == 3 else ""
        raise ValueError(
            f"{name} have shape {tuple(images.shape)}; expected (N, C, H, W){advice}"
        )
    if floating and not images.is_floating_point():
        raise TypeError(
            f"{name} are {images.dtype}; expected floats in [0, 1]: images / 255"
        )
    return images


def instance_of(kind: type, example: str) -> Check:
    """Return a check for objects of a type; example: how to get one."""

    def check(name: str, value: object) -> object:
        if not isinstance(value, kind):
            mine = isinstance(value, type) and issubclass(value, kind)
            expected = f"an instance: {value.__name__}(...)" if mine else example
            raise TypeError(f"{name} is {said(value)}; expected {expected}")
        return value

    return check


as_switch = instance_of(bool, "True or False")


def as_function(name: str, value: object, example: str) -> object:
    """Return a function, or None for none; a class is one that was not called."""
    if isinstance(value, type) or not (value is None or callable(value)):
        raise TypeError(f"{name} is {said(value)}; expected {example}")
    return value


def said(value: object) -> str:
    """Write a value as an error names it: briefly, and an array by its shape.

    >>> said(np.zeros((2, 3))), said("gpu"), said(dict)
    ('ndarray of shape (2, 3)', "'gpu'", 'the class dict')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(shape := getattr(value, "shape", None), tuple):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    return reprlib.repr(value)
