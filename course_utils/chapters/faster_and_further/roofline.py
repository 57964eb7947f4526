"""Two roofs: how fast a convolution can be on a machine at best, and what stops it."""

from dataclasses import dataclass, replace
from functools import cached_property
from inspect import signature
from math import log10
from typing import NamedTuple

from course_utils.colours import QUIET, SERIES, WINDOW
from course_utils.kit.charts import Chart
from course_utils.kit.explorer import Explorer, State, given, menu, stops, switch
from course_utils.kit.page import Page
from course_utils.kit.scene import Label, Part, Scene
from course_utils.lettering import three_digits, with_unit

CHANNELS = (1, 3, 8, 16, 32, 64, 128, 256, 512)
SIZES, BATCHES = (7, 14, 28, 32, 56, 112, 224), (1, 8, 32, 128, 512)
BYTES = {"float32": 4, "half precision": 2}
X, Y = (-1, 5), (8, 16)  # powers of ten: operations per byte, and per second
CHART = Chart(64, 24, 700, 300, X, Y)
SITE_MOVES = "machine", "precision", "batch", "size", "kernel_size", "depthwise"


class Machine(NamedTuple):
    """Operations a second by number format, None where there is none; bytes a second.

    float32: without tensor cores. half: bfloat16 or float16, dense matrices.
    """

    name: str
    float32: float
    half: float | None
    bandwidth: float


# NVIDIA's white papers on its Turing, Ampere and Hopper architectures.
MACHINES = (
    Machine("NVIDIA T4 (2018)", 8.1e12, 65e12, 320e9),
    Machine("NVIDIA A100, 40 GB (2020)", 19.5e12, 312e12, 1555e9),
    Machine("NVIDIA H100 SXM (2022)", 66.9e12, 989.4e12, 3350e9),
)


def count_conv(
    batch: int,
    in_channels: int,
    out_channels: int,
    size: int,
    kernel_size: int,
    groups: int = 1,
    bytes_per_number: int = 4,
) -> tuple[int, int]:
    """Return the operations and the least bytes of a convolution that keeps the size.

    A multiplication and an addition count as two. Images and weights are read once, the
    result is written once. Williams et al., "Roofline" (2009).
    """
    weights = out_channels * (in_channels // groups) * kernel_size**2
    cells = batch * size**2
    numbers = cells * in_channels + weights + cells * out_channels
    return 2 * cells * weights, bytes_per_number * numbers


def arithmetic_intensity(*layer: int, **options: int) -> float:
    """Return the operations for each byte that has to move; see `count_conv`."""
    operations, moved = count_conv(*layer, **options)
    return operations / moved


arithmetic_intensity.__signature__ = signature(count_conv)  # for a check's messages


def roofline_explorer(*measured: Machine) -> Explorer:
    """Show where a convolution lies below a machine's two roofs.

    measured: machines to choose from besides those of data sheets; the first is shown.
    """
    machines = (*measured, *MACHINES)
    state = Roofline(machine=machines[0], machines=machines)
    return Explorer("Roofline explorer", state, room=540)


@dataclass(frozen=True)
class Roofline(State):
    machine: Machine = menu(
        "machine", lambda self: [(m.name, m) for m in self.machines], start=MACHINES[0]
    )
    precision: str = menu("numbers", lambda self: self.formats, start="float32")
    batch: int = stops("batch", BATCHES, start=32)
    size: int = stops("height = width", SIZES, start=32)
    in_channels: int = stops("in_channels", CHANNELS, start=64)
    out_channels: int = stops("out_channels", CHANNELS, start=64)
    kernel_size: int = stops("kernel_size", (1, 3, 5, 7), start=3)
    depthwise: bool = switch("depthwise: groups = in_channels", width=300)
    machines: tuple[Machine, ...] = given(MACHINES)

    def settled(self, moved: str) -> "Roofline":
        changed = {} if self.precision in self.formats else {"precision": "float32"}
        if self.depthwise:
            both = self.out_channels if moved == "out_channels" else self.in_channels
            changed |= {"in_channels": both, "out_channels": both}
        return replace(self, **changed)

    @property
    def formats(self) -> list[str]:
        return [*BYTES] if self.machine.half else ["float32"]

    @property
    def flat(self) -> float:
        machine = self.machine
        return machine.float32 if self.precision == "float32" else machine.half

    @property
    def groups(self) -> int:
        return self.in_channels if self.depthwise else 1

    @cached_property
    def counted(self) -> tuple[int, int]:
        shape = self.batch, self.in_channels, self.out_channels, self.size
        return count_conv(*shape, self.kernel_size, self.groups, BYTES[self.precision])

    @property
    def intensity(self) -> float:
        return self.counted[0] / self.counted[1]

    @property
    def ridge(self) -> float:
        """Operations per byte at which the two roofs meet."""
        return self.flat / self.machine.bandwidth

    @property
    def speed(self) -> float:
        return min(self.flat, self.machine.bandwidth * self.intensity)

    def scene(self) -> Scene:
        page, words = Page(), self.words()
        intensities = {power: f"{10.0**power:g}" for power in range(X[0], X[1] + 1)}
        speeds = {power: short(10.0**power) for power in range(Y[0], Y[1] + 1)}
        page.add(CHART.axes(intensities, speeds, xlabel="operations per byte"))
        page.put(["operations per second"], 8, 0, size=12, colour=QUIET)
        x, y = log10(self.intensity), log10(self.speed)
        page.add(self.roofs(), CHART.curve((x, x), (Y[0], y), colour=WINDOW))
        page.add(CHART.points((x,), (y,), colours=(WINDOW,), side=14))
        page.write(words[:1], y=CHART.bottom + 66, size=16, bold=True)
        page.write(words[1:-1], size=14)
        page.write(words[-1:], size=16, bold=True, colour=WINDOW)
        return page.scene(*words)

    def roofs(self) -> list[Part]:
        ridge, flat = log10(self.ridge), log10(self.flat)
        low, at = log10(self.machine.bandwidth) + X[0], CHART.across(ridge)
        side, anchor = (6, "start") if self.intensity < self.ridge else (-6, "end")
        words = f"{short(self.flat)} operations/s"
        bytes_moved = f"{short(self.machine.bandwidth)}B/s"
        return [
            CHART.curve((X[0], ridge), (low, flat), colour=SERIES[0], width=4),
            CHART.curve((ridge, X[1]), (flat, flat), colour=SERIES[5], width=4),
            CHART.curve((ridge, ridge), (Y[0], flat), colour=QUIET, dashed=True),
            Label(at + side, CHART.bottom - 12, "the ridge", 12, QUIET, anchor=anchor),
            Label(CHART.right, CHART.down(flat) - 18, words, 13, anchor="end"),
            *Page.text([bytes_moved], CHART.down(low) - 44, CHART.left + 8, size=13),
        ]

    def words(self) -> list[str]:
        (operations, moved), k = self.counted, self.kernel_size
        groups = f", groups={self.groups}" if self.depthwise else ""
        sizes = f"kernel_size={k}, padding={k // 2}{groups}"
        layer = f"Conv2d({self.in_channels}, {self.out_channels}, {sizes})"
        counts = f"{short(operations)} operations, {short(moved)}B to move at least"
        dense = f"{three_digits(self.intensity)} operations per byte"
        takes = in_seconds(max(operations / self.flat, moved / self.machine.bandwidth))
        verdict = "Right of the ridge: computing is what takes the time."
        if self.intensity < self.ridge:
            verdict = "Left of the ridge: it waits for memory, and computes at "
            verdict += f"{self.speed / self.flat:.0%} of the flat roof at most."
        return [
            f"{layer} on ({self.batch}, {self.in_channels}, {self.size}, {self.size})",
            f"{' '.join(counts.split())}: {dense}; the ridge is at {self.ridge:.3g}",
            f"At best {short(self.speed)} operations/s, so it takes {takes}",
            verdict,
        ]


def short(value: float) -> str:
    return with_unit(value, ["", "k", "M", "G", "T", "P"])


def in_seconds(value: float) -> str:
    """Write a time with three digits and a unit.

    >>> in_seconds(0.0201), in_seconds(2.62e-5)
    ('20.1 ms', '26.2 µs')
    """
    return with_unit(1e9 * value, ["ns", "µs", "ms", "s"])
