"""Names keep their letters, from other fonts if need be, and the room they have."""

import io
import warnings
from unicodedata import normalize

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from PIL import Image, ImageFont

from course_utils import figures, lettering
from course_utils.arguments import as_names, as_text
from course_utils.kit.scene import Label, Scene, png
from course_utils.lettering import fitted, shortened, told_apart

WORD = "고양이"


@pytest.fixture(params=[True, False], ids=["a font has them", "no font has them"])
def has_font(request, tmp_path, monkeypatch):
    """A machine on which one font has Korean letters, all black squares, or none."""
    fonts = [one for one in font_manager.fontManager.ttflist if "DejaVu" in one.name]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", fonts)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: files)
    files = [squares(tmp_path / "squares.ttf")] if request.param else []
    caches = lettering.fallback, lettering._fonts, lettering._ask_for, lettering._width
    for cache in caches:
        cache.cache_clear()
    yield request.param
    for cache in caches:
        cache.cache_clear()


def squares(path):
    pen = TTGlyphPen(None)
    for number, corner in enumerate([(0, 0), (0, 800), (800, 800), (800, 0)]):
        (pen.lineTo if number else pen.moveTo)(corner)
    pen.closePath()
    names = [".notdef", *(f"u{ord(letter):X}" for letter in WORD)]
    font = FontBuilder(1000)
    font.setupGlyphOrder(names)
    font.setupCharacterMap(dict(zip(map(ord, WORD), names[1:])))
    font.setupGlyf(dict.fromkeys(names, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(names, (900, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)
    return str(path)


def test_letters_come_from_a_font_that_has_them_or_are_asked_for_once(has_font):
    figure, [[axes]] = figures.new_figure(3, 1)
    axes.set_title(WORD)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            figure._repr_png_()
            still = png(Scene(40, 10, (Label(20, 5, WORD),)))
    said = [str(warning.message) for warning in caught]
    if has_font:
        assert said == []
        assert axes.title.get_fontfamily() == ["sans-serif", "Squares"]
        dark = np.asarray(Image.open(io.BytesIO(still)).convert("L")) < 99
        assert dark.mean() > 0.6, "the squares are not drawn"
    else:
        (line,) = said
        assert "no font here has HANGUL letters" in line and "fonts-nanum" in line


@pytest.mark.filterwarnings("ignore:no font here")
def test_letters_of_another_font_take_their_own_room(has_font):
    size, text = fitted(WORD * 9, 14, 300)
    wide = size * len(text) * (0.9 if has_font else 0.5)
    assert text == WORD * 9 and wide <= 300


DEJAVU = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 100)


@given(st.text("abcWi. ", max_size=60), st.integers(1, 400))
def test_what_is_cut_fits_and_one_letter_more_would_not(text, room):
    def width(line):
        return 0.1 * DEJAVU.getlength(line)

    cut = shortened(text, 10, room)
    assert width(cut) <= room
    if cut != text:
        start, _, end = cut.partition("…")
        assert width(text) > room and text.startswith(start) and text.endswith(end)
        kept = len(start) + len(end) + 1
        one_more = f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"
        assert kept + 1 >= len(text) or width(one_more) > room


def test_texts_are_whole_and_names_stand_on_one_line():
    assert as_text("title", normalize("NFD", WORD) + "\n\x00\udcff") == f"{WORD}\n  "
    assert as_names("class_names", ["a\n b", "", "é", "e\u0301"], None) == (
        *("a b", "class 1", "2: é", "3: é"),
    )
    for wrong in ("cat", {0: "cat"}, {"cat"}, 3, [1], None):
        with pytest.raises(TypeError, match="class_names.*expected"):
            as_names("class_names", wrong, 1)


def test_names_that_begin_alike_are_told_apart_if_need_be_by_a_number():
    ill, well = "Cherry_(including_sour)___Powdery_mildew", "Cherry_(including_sour)___"
    assert shortened(ill, 10, 100) != shortened(f"{well}healthy", 10, 100)
    names = [f"2023_spring_field_{c}_healthy_leaf" for c in "ABC"]
    cut = told_apart(names, lambda name: shortened(name, 8, 90))
    assert len({*cut}) == 3 and [text[:2] for text in cut] == ["0 ", "1 ", "2 "]
    assert told_apart(["cat", "dog"], lambda name: name) == ["cat", "dog"]
