"""What the explorer of receptive fields says: pure functions of the rows of cells."""

from itertools import pairwise

from course_utils.explorers.receptive_field.state import INPUT_SIZE, Level, Run


def summary(row: Level, runs: list[Run]) -> str:
    """Say how many cells a row has, and what each sees.

    Parameters
    ----------
    row
        Any but the input.
    runs
        The input cells that its first cell sees.

    Returns
    -------
    str
    """
    cells = "1 cell, it" if row.cells == 1 else f"{row.cells} cells, each"
    return f"{cells} sees {_amount(row, runs)}, jump {row.jump}"


def headline(rows: list[Level], cell: int, runs: list[Run]) -> str:
    """Say which input cells a cell of the last row sees.

    Parameters
    ----------
    rows
        The input first, the cell's row last.
    cell
        Its index.
    runs
        The input cells that it sees.

    Returns
    -------
    str
    """
    if len(rows) == 1:
        return f"Without layers, cell {cell} sees itself."
    where, seen = rows[-1].name.partition(":")[0], _amount(rows[-1], runs)
    first, last = runs[0][0], runs[-1][1]
    return f"Cell {cell} of {where} sees {seen} input cells: {first} to {last}."


def facts(rows: list[Level]) -> list[str]:
    """Say how the receptive field comes about.

    Parameters
    ----------
    rows
        The input first, the output last.

    Returns
    -------
    list of str
        Four lines; one without layers.
    """
    if len(rows) == 1:
        return ["Choose a layer, or a whole network."]
    products = [
        f"{row.layer[2] * (row.layer[0] - 1)}·{below.jump}"
        for below, row in pairwise(rows)
    ]
    total = " + ".join(["1", *products])
    strides = " · ".join(str(row.layer[1]) for row in rows[1:])
    size, jump = rows[-1].size, rows[-1].jump
    share = (size / INPUT_SIZE) ** 2
    return [
        f"output’s receptive field: 1 + all D(K − 1)·jump = {total} = {size}",
        f"output’s jump: the product of the strides = {strides} = {jump}",
        f"in 2-D: {size} × {size} of {INPUT_SIZE} × {INPUT_SIZE} pixels, {share:.0%}",
        _weights(rows),
    ]


def _weights(rows: list[Level]) -> str:
    areas = [row.layer[0] ** 2 for row in rows[1:] if "conv" in row.name]
    listed = " + ".join(map(str, areas)) + (f" = {sum(areas)}" if areas[1:] else "")
    return f"kernels in 2-D: {listed or 0} weights for each pair of channels"


def _amount(row: Level, runs: list[Run]) -> str:
    seen = sum(last - first + 1 for first, last in runs)
    return f"{seen}" if seen == row.size else f"{seen} of {row.size}"
