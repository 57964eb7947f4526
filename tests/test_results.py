"""Results ship with the package, say where they come from, and become tables."""

import json

import pytest

from course_utils.results import FOLDER, Table, mean_and_spread, read_result

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def test_there_are_results():
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_result_says_where_it_comes_from(name):
    result = read_result(name)
    assert result["command"] == f"python benchmarks/{name}.py"
    for key in ("data", "hardware", "versions"):
        assert result[key]
    assert result.get("seeds") or "seed" in result
    assert "/" not in result["data"].replace(" / ", "")
    assert not result.get("provisional")


def test_an_unknown_result_is_told():
    with pytest.raises(FileNotFoundError, match="no result is called 'nothing'"):
        read_result("nothing")


def test_fractions_become_percentages_with_one_decimal():
    assert mean_and_spread([0.5, 0.7]) == "60.0 ± 14.1 %"


def test_a_table_is_markdown():
    table = Table({"n": n, "square": n * n} for n in (2, 3))
    assert repr(table).splitlines()[2:] == ["| 2 | 4 |", "| 3 | 9 |"]
    assert table._repr_markdown_() == repr(table)
    assert json.dumps(table.rows) == '[{"n": 2, "square": 4}, {"n": 3, "square": 9}]'
