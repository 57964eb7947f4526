"""The page of words and formulas is what the notebooks say."""

from notebook_reader import NOTEBOOKS

from tools.words import PAGE, page


def test_the_page_is_made_from_the_notebooks():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make format`"


def test_every_notebook_explains_some_of_it():
    text = page()
    missing = [n.name for n in NOTEBOOKS if f"(notebooks/{n.path.name})" not in text]
    assert not missing, f"no word and no formula comes from {missing}"
    assert "| convolution | 합성곱 |" in text
    assert r"\left\lfloor \frac{N + 2P - D(K - 1) - 1}{S} \right\rfloor" in text
