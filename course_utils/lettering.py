"""Text in pictures: the room that it takes, fonts that have its letters, and numbers.

A letter that DejaVu Sans lacks, such as a Korean one, comes from the first font of this
machine that has it; where none has, one line says what to install.
"""

import logging
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from math import isinf, isnan

from PIL import ImageFont

# Debian's packages, by the first word of a letter's name in Unicode.
INSTALL = {"HANGUL": "fonts-nanum", "CJK": "fonts-noto-cjk", "EMOJI": "fonts-symbola"}


def fitted(
    text: str, size: float, room: float, bold: bool = False
) -> tuple[float, str]:
    """Make a line small enough, 8 at least, and short enough for the room."""
    text = text.replace("\n", " ")
    size = max(8, min(size, int(room / max(_width(text, bold), 1e-9))))
    return size, shortened(text, size, room, bold)


def shortened(text: str, size: float, room: float, bold: bool = False) -> str:
    """Cut the middle out of a line that is too wide; size, room: one unit."""

    def cut(kept: int) -> str:
        end = len(text) - kept // 2  # by which names that begin alike are told apart
        return f"{text[: kept - kept // 2]}…{text[end:]}"

    if size * _width(text, bold) <= room:
        return text
    widths = [size * _width(cut(kept), bold) for kept in range(1, len(text) - 1)]
    return cut(kept) if (kept := bisect_right(widths, room)) else ""


def told_apart(names: Sequence[str], cut: Callable[[str], str]) -> list[str]:
    """Cut names to their room; where some come out alike, all begin with a number."""
    short = [cut(name) for name in names]
    if len({*short}) == len({*names}):
        return short
    return [cut(f"{number} {name}") for number, name in enumerate(names)]


@cache
def _width(text: str, bold: bool) -> float:
    """Return the width of a line in a font of size 1."""
    other = {letter: font for letter in text if (font := fallback(letter))}
    if not other:
        return _font(_dejavu(bold)).getlength(text) / 100
    files = [other[c].fname if c in other else _dejavu(bold) for c in text]
    return sum(_font(file).getlength(c) for file, c in zip(files, text)) / 100


@cache
def _font(file: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, 100)


def families(text: str) -> list[str]:
    """Return matplotlib's own families, and those of letters that these lack."""
    from matplotlib import rcParams

    fonts = [font.name for letter in text if (font := fallback(letter))]
    return [*rcParams["font.family"], *dict.fromkeys(fonts)]


@cache
def fallback(letter: str) -> "FontEntry | None":  # noqa: F821
    """Find a font for a letter that DejaVu Sans lacks; say once if there is none."""
    kind = unicodedata.category(letter)
    if kind[0] in "CZ" or ord(letter) in _letters(_dejavu()):
        return None
    for font in _fonts():
        if ord(letter) in _letters(font.fname):
            return font
    script = "EMOJI" if kind == "So" else unicodedata.name(letter, "OTHER").split()[0]
    _ask_for(script)
    return None


@cache
def _ask_for(script: str) -> None:
    package = INSTALL.get(script, "fonts-noto")
    warnings.warn(
        f"no font here has {script} letters: pictures show boxes in their place. "
        f"Install one (on Debian, Ubuntu and Colab: apt-get install {package}; "
        "elsewhere a Noto font), then restart the kernel.",
        stacklevel=2,
    )


@cache
def _fonts() -> "list[FontEntry]":  # noqa: F821
    """List this machine's fonts, those for running text first."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    # It would remark on each bold word for which a font has no bold letters.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    for file in {*findSystemFonts()} - {font.fname for font in fontManager.ttflist}:
        # One that cannot be read, or has bitmaps only, has no letters for us.
        with suppress(OSError, RuntimeError):
            fontManager.addfont(file)
    fonts = [font for font in fontManager.ttflist if "Last Resort" not in font.name]
    return sorted(fonts, key=_plainness)


def _plainness(font: "FontEntry") -> tuple:  # noqa: F821
    sans = any(word in font.name for word in ("Gothic", "Sans", "Hei"))
    odd = font.style != "normal", font.weight != 400
    return not sans, *odd, len(font.name), font.fname


@cache
def _letters(file: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    with suppress(OSError, RuntimeError):
        return frozenset(FT2Font(file).get_charmap())
    return frozenset()


@cache
def _dejavu(bold: bool = False) -> str:
    from matplotlib import font_manager  # Checks should not wait for it.

    return font_manager.findfont(f"DejaVu Sans:{'bold' if bold else 'normal'}")


# ------------------------------------------------------------------------ numbers

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@lru_cache(maxsize=1024)  # A picture writes the same few numbers thousands of times.
def format_number(value: float) -> str:
    """Write a number as short as a cell needs it; NaN is an empty string.

    >>> format_number(3.0), format_number(-0.3333), format_number(float("-inf"))
    ('3', '-0.33', '−∞')
    """
    if isnan(value):
        return ""
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    if float(value).is_integer():
        return f"{int(value)}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.1f}"


def decimals(value: float, most: int = 3) -> str:
    """Write a number with so many decimals at most, from 100 on with one.

    >>> decimals(-0.25), decimals(2.0), decimals(1234.56)
    ('−0.25', '2', '1,234.6')
    """
    places = most if abs(value) < 100 else 1
    text = f"{value:z,.{places}f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def equals(*values: float) -> str:
    """Return the sign before what follows from numbers: "≈" if `decimals` rounds one.

    >>> equals(0.25, 2), equals(1 / 3), equals(123.45)
    ('=', '≈', '≈')
    """
    is_exact = all(round(v, 3 if abs(v) < 100 else 1) == v for v in values)
    return "=" if is_exact else "≈"


def with_unit(value: float, units: Sequence[str]) -> str:
    """Write a number with three digits; each unit is a thousand of the one before.

    >>> with_unit(996, ["bytes", "kB", "MB"]), with_unit(2.42e6, ["bytes", "kB", "MB"])
    ('996 bytes', '2.42 MB')
    """
    while value >= 999.5 and len(units) > 1:  # as 1,000 belongs to the next unit
        value, units = value / 1000, units[1:]
    return f"{three_digits(value)} {units[0]}"


def three_digits(value: float) -> str:
    return f"{float(f'{value:.3g}'):,g}"
