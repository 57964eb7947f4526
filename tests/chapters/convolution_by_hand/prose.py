"""Sentences and lines of the notebook that speak of the worked example."""

from worked_example import IMAGE, KERNEL, NUMBERS, OUTPUT, SECOND, listed

TURNED = (KERNEL[::-1, ::-1] * IMAGE[:2, :2]).sum()
PROSE = [
    *(f"{row}," for row in IMAGE.tolist()),
    f"kernel = np.array({KERNEL.tolist()})",
    f"this kernel needs {('no', 'one', 'two', 'three', 'four')[KERNEL.size]} of them",
    f"the window is {listed(SECOND[0])} above and {listed(SECOND[1])} below.",
    f"Our kernel has $K = {len(KERNEL)}$, so *full* pads one zero on each side.",
    f"The window is {listed(IMAGE[1, 2:])} above and {listed(IMAGE[2, 2:])} below",
    f"Predict the new first cell, which was {OUTPUT[0, 0]}.",
    f"`{NUMBERS[0]}*{SECOND[0, 0]} + {NUMBERS[1]}*20 + {NUMBERS[2]}*1 + "
    f"{NUMBERS[3]}*0 = {OUTPUT[0, 1]}`",
    f"holds {SECOND[0, 0]}, **{SECOND[0, 1]}**, {listed(SECOND[1], ' and ')}.",
    f"The {KERNEL[1, 1]}: the first cell is now {KERNEL[1, 1]} · {IMAGE[0, 0]} + "
    f"{KERNEL[0, 0]} · {IMAGE[1, 1]} = {TURNED} instead of {OUTPUT[0, 0]}.",
    f"of each: {len(IMAGE)} + 2 · {len(KERNEL) - 1} − {len(KERNEL)} + 1.",
    f", {NUMBERS[0]} * {SECOND[0, 0]} + 1 * {SECOND[0, 1]} + "
    f"{NUMBERS[2]} * {SECOND[1, 0]} + {NUMBERS[3]} * {SECOND[1, 1]}",
    f"{OUTPUT[0, 0] - 20}: each cell went down by 20.".replace("-", "−"),
    f"has {IMAGE.shape[1]} columns, but the output only {OUTPUT.shape[1]}.",
]
