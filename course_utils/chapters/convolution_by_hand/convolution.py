"""Step through a convolution; point at an output cell to see where it comes from."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_utils.arguments import as_array, as_finite
from course_utils.colours import INK, QUIET, within
from course_utils.convolution import WORKED_IMAGE, Matrix, conv2d, pad
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.matrices import KERNELS, small_matrix
from course_utils.kit.page import Grid, Page, Place, by_side, products, signed, size
from course_utils.kit.scene import Scene
from course_utils.lettering import format_number
from course_utils.sizes import padding_margins

T = (0, 0, 0, 9, 0, 0, 0)
LETTER = ((0,) * 7, (0, 9, 9, 9, 9, 9, 0), T, T, T, T, (0,) * 7)
IMAGES = {"worked example, 4 × 4": WORKED_IMAGE, "letter T, 7 × 7": LETTER}
OWN = "a kernel of the explorer's own, "
OURS = f"{OWN}which doubles each pixel", "the kernel of the worked example"
OURS += f"{OWN}for upright edges", f"{OWN}for diagonal lines"
WHOSE = dict(zip(KERNELS, OURS))
MODES = {
    "valid": "“valid”: no padding, the window stays inside the image.",
    "same": "“same”: the output is as large as the image, so the stride stays 1; "
    "an odd cell goes to the bottom and right.",
    "full": "“full”: D(K − 1) cells on each side, for every overlap with the image.",
    "custom": "“custom”: P cells of zeros on each side.",
}
RANGES = {"kernel_size": range(1, 5), "padding": range(4), "stride": range(1, 4)}
RANGES["dilation"] = range(1, 4)
MOST_PADDING = 3
SITE_MOVES = "mode", "kernel_size", "stride", "step"
PLAYED = {"play": 700, "hint": "or point at an output cell"}


def convolution_explorer(
    image: np.ndarray | None = None, kernel: np.ndarray | None = None
) -> Explorer:
    """Show how a kernel slides over an image, with every number in sight.

    image: shape (H, W), 2 to 8 on each side; kernel: shape (K, K), K from 1 to 4, no
    larger than the image. None is the worked example's. ValueError for any other.

    After the convolution view of Wang et al., "CNN Explainer" (2020).
    """
    image = WORKED_IMAGE if image is None else 1 * as_array("image", image)  # no bool
    advice = "Cut out a part, image[:6, :6], or use photo_explorer."
    image = small_matrix(image, "image", most=8, advice=advice)
    yours = {} if image in IMAGES.values() else {"yours": image}
    state = Convolution(image, images=yours | IMAGES)
    if kernel is not None:
        kernel, sides = as_finite("kernel", kernel), np.shape(image)
        if kernel.shape not in [(k, k) for k in RANGES["kernel_size"]]:
            expected = "expected (K, K) with K from 1 to 4"
            raise ValueError(f"kernel has shape {kernel.shape}; {expected}")
        if len(kernel) > min(sides):
            raise ValueError(
                f"the kernel, shape {kernel.shape}, is larger than the image, shape "
                f"{sides}; give a smaller kernel or a larger image"
            )
        kernels, own = [*KERNELS], tuple(map(tuple, kernel.tolist()))
        kernels[len(own) - 1] = own
        state = replace(state, kernels=tuple(kernels), kernel_size=len(own))
    return Explorer("Convolution explorer", state, room=544)


@dataclass(frozen=True)
class Convolution(State):
    image: Matrix = menu("image", lambda self: self.images, start=WORKED_IMAGE)
    mode: str = menu("padding mode", [*MODES], start="valid")
    kernel_size: int = slider("kernel size K", lambda s: s.free("kernel_size"), start=2)
    padding: int = slider("padding P", lambda self: self.free("padding"))
    stride: int = slider("stride S", lambda self: self.free("stride"), start=1)
    dilation: int = slider("dilation D", lambda self: self.free("dilation"), start=1)
    step: int = slider("output cell", lambda self: range(self.output.size), **PLAYED)
    kernels: tuple[Matrix, ...] = given(KERNELS)
    images: dict[str, Matrix] = given()

    @cached_property
    def kernel(self) -> np.ndarray:
        return np.array(self.kernels[self.kernel_size - 1])

    @cached_property
    def output(self) -> np.ndarray:
        return conv2d(np.array(self.image), self.kernel, **self.options)

    @cached_property
    def padded(self) -> np.ndarray:
        return pad(np.array(self.image), self.kernel.shape, **self.options)

    @property
    def options(self) -> dict:
        padding = self.padding if self.mode == "custom" else self.mode
        return {"stride": self.stride, "padding": padding, "dilation": self.dilation}

    @cached_property
    def margins(self) -> tuple[int, int]:
        padding = self.options["padding"]
        return padding_margins(padding, self.kernel_size, dilation=self.dilation)[0]

    @property
    def span(self) -> int:
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def room(self) -> int:
        return min(np.shape(self.image)) + sum(self.margins)

    def window(self, place: Place) -> list[range]:
        tops = [i * self.stride for i in place]
        return [range(top, top + self.span, self.dilation) for top in tops]

    def fits(self) -> bool:
        free = self.stride == 1 or self.mode != "same"
        return self.span <= self.room and self.margins[1] <= MOST_PADDING and free

    def free(self, name: str) -> list[int]:
        moved = {"mode": "custom"} if name == "padding" else {}
        states = [replace(self, **moved, **{name: value}) for value in RANGES[name]]
        return [getattr(state, name) for state in states if state.fits()]

    def settled(self, moved: str) -> "Convolution":
        state = replace(self, mode="custom") if moved == "padding" else self
        if state.mode == "same":
            state = replace(state, stride=1)
        for name in ("dilation", "kernel_size"):
            while not state.fits() and getattr(state, name) > 1:
                state = replace(state, **{name: getattr(state, name) - 1})
        return replace(state, padding=state.margins[0])

    def scene(self) -> Scene:
        (height, width), (before, _) = np.shape(self.image), self.margins
        inside = range(before, before + height), range(before, before + width)
        padded = f", padded to {size(self.padded)}" * (max(self.margins) > 0)
        image = Grid(self.padded, f"image {height} × {width}{padded}", within(inside))
        kernel = Grid(self.kernel, f"kernel {size(self.kernel)}", signed(self.kernel))
        output = Grid(self.output, f"output {size(self.output)}")
        page, places = Page(), list(np.ndindex(self.output.shape))
        page.row(image, "∗", kernel, "=", output, height=300, largest=70, level=1)
        whole, line = map(range, self.padded.shape), {"colour": INK, "width": 2}
        page.add(image.numbers(), image.frame(*whole, inset=0, dashed=True, **line))
        page.add(image.frame(*inside, inset=0, **line), kernel.numbers())
        page.point_at(
            output,
            words=self.sum_in_words,
            marks=lambda place: image.frame(*self.window(place)),
            rest=places[self.step],
            hidden=lambda place: places.index(place) > self.step,
        )
        page.write(self.notes(), size=13, colour=QUIET)
        return page.scene()

    def sum_in_words(self, place: Place) -> list[str]:
        pixels = self.padded[np.ix_(*self.window(place))]
        rows = list(map(products, self.kernel.tolist(), pixels.tolist()))
        rows = [" + ".join(rows[i : i + 2]) for i in range(0, len(rows), 2)]
        rows[1:] = [f"+ {row}" for row in rows[1:]]
        rows[-1] += f" = {format_number(self.output[place])}"
        return [f"Output cell [{place[0]}, {place[1]}]:", *rows]

    def notes(self) -> list[str]:
        before, after = self.margins
        p = f"2·{before}" if before == after else f"{before} + {after}"
        k, d, s = self.kernel_size, self.dilation, self.stride
        sides = zip(np.shape(self.image), self.output.shape)
        sizes = [f"⌊({n} + {p} − {d}·({k} − 1) − 1) / {s}⌋ + 1 = {m}" for n, m in sides]
        rules = by_side("output size = ⌊(N + 2P − D(K − 1) − 1) / S⌋ + 1", sizes)
        # The explorer's own kernels have a name, which the reader did not give.
        whose = WHOSE.get(self.kernels[k - 1])
        whose = [f"K = {k}: {whose}."] if whose else []
        # The picture has room for four lines; what is said last may be missing.
        return [*rules, MODES[self.mode], *self.limits(), *whose][:4]

    def limits(self) -> list[str]:
        """Say why a slider of the kernel goes no further."""
        sentences = []
        for name, letter in {"kernel_size": "K", "dilation": "D"}.items():
            if (last := self.choices(name)[-1]) < RANGES[name][-1]:
                needs = replace(self, **{name: last + 1}).needs()
                more = f"{letter} = {last + 1} would need {needs}."
                sentences.append(f"{letter} stops at {last}: {more}")
        return sentences

    def needs(self) -> str:
        after = self.margins[1]
        if after > MOST_PADDING:
            return f"{after} cells of padding, and the picture has room for 3"
        image = "padded image" if after else "image"
        return f"{self.span} cells, and the {image} has {self.room}"
