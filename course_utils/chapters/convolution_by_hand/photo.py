"""Change the nine numbers of a kernel and watch what becomes of a photo."""

from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass, replace
from functools import cached_property

import numpy as np
from ipywidgets import GridBox, Layout, Widget

from course_utils.arguments import as_array
from course_utils.chapters.convolution_by_hand.design import palace
from course_utils.colours import SIGNED
from course_utils.convolution import conv2d
from course_utils.kit import explorer
from course_utils.kit.explorer import Explorer, State, given, menu, number, slider
from course_utils.kit.page import LEFT, LINE, Grid, Page, signed, size
from course_utils.kit.photos import GREY, colour_scale, paint
from course_utils.kit.scene import Photo, Scene
from course_utils.lettering import format_number

WHITE = 255  # pixels run from 0, black, to this
LARGEST_PHOTO = 256
HEAVIEST, MOST = 9, 99  # what a weight and the divisor may be
SIDE, RIGHT = 384, 408  # the longest side of a picture, and where the output begins
WEIGHTS, CENTRE = [f"weight{i}" for i in range(9)], "weight4"  # row by row

PRESETS = {  # row by row, as `WEIGHTS` are
    "identity": (0, 0, 0, 0, 1, 0, 0, 0, 0),
    "box blur": (1, 1, 1, 1, 1, 1, 1, 1, 1),
    "Gaussian blur": (1, 2, 1, 2, 4, 2, 1, 2, 1),
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
    "horizontal edges (Sobel)": (-1, -2, -1, 0, 0, 0, 1, 2, 1),
    "vertical edges (Sobel)": (-1, 0, 1, -2, 0, 2, -1, 0, 1),
    "outline (Laplacian)": (0, 1, 0, 1, -4, 1, 0, 1, 0),
    "emboss": (-2, -1, 0, -1, 1, 1, 0, 1, 2),
}
HINTS = {
    "identity": "The output is the photo, less its rim.",
    "box blur": "Each number is the mean of nine pixels.",
    "Gaussian blur": "A mean in which near pixels count more.",
    "sharpen": "What differs from its neighbours stands out.",
    "horizontal edges (Sobel)": "Red, +: brighter below. Blue, −: above.",
    "vertical edges (Sobel)": "Red, +: brighter right. Blue, −: left.",
    "outline (Laplacian)": "Red and blue: the two sides of each edge.",
    "emboss": "As if light fell from one corner.",
}
CUSTOM = "custom"
SITE_MOVES = ("preset",)


def photo_explorer(photo: np.ndarray) -> Explorer:
    """Show what a 3 × 3 kernel makes of a photo.

    photo: shape (H, W), 3 to 256 on each side: uint8, or floats in [0, 1]. ValueError
    for any other.
    """
    state = Filtered(pixels=as_pixels(photo)).after("preset", "vertical edges (Sobel)")
    return Explorer("Photo explorer", state, arrange=_arrange)


def on_site() -> Explorer:
    return photo_explorer(palace().astype(np.uint8))


def as_pixels(photo: np.ndarray) -> np.ndarray:
    """Return a photo scaled to 0 … 255, float32, or raise a ValueError."""
    photo = as_array("photo", photo)
    if photo.ndim != 2:
        is_first = photo.shape[:1] in ((1,), (3,))  # the axis of channels
        grey = ".mean(axis=0)" if is_first else "[..., :3].mean(axis=2)"
        raise ValueError(
            f"photo has shape {photo.shape}; expected grey (H, W). For a colour photo "
            f"of uint8, pass np.asarray(photo){grey} / 255."
        )
    if not 3 <= min(photo.shape) <= max(photo.shape) <= LARGEST_PHOTO:
        step = -(-max(photo.shape) // LARGEST_PHOTO)
        remedy = f"; keep every {step}th pixel: photo[::{step}, ::{step}]"
        raise ValueError(
            f"photo has shape {photo.shape}; expected 3 to {LARGEST_PHOTO} pixels a "
            f"side{remedy if step > 1 else ''}"
        )
    if photo.dtype == np.uint8:
        return photo.astype(np.float32)
    if photo.dtype.kind != "f" or not (photo.min() >= 0 and photo.max() <= 1):
        remedy = "photo / 255" if photo.max() > 1 else "photo.astype(float)"
        raise ValueError(
            f"photo holds {photo.dtype} from {photo.min()} to {photo.max()}; expected "
            f"uint8, or floats from 0 to 1. Try {remedy}."
        )
    return photo.astype(np.float32) * WHITE


def _arrange(widgets: Mapping[str, Widget]) -> Widget:
    columns = Layout(grid_template_columns="repeat(3, 68px)")
    kernel = GridBox([widgets[name] for name in WEIGHTS], layout=columns)
    others = [widgets[name] for name in ("preset", "divisor", "bias")]
    return explorer.wrapped(kernel, explorer.wrapped(*others, **explorer.column()))


def _weight(name: str) -> tuple[str, type, float]:
    row, place = divmod(WEIGHTS.index(name), 3)
    look = {"width": 64, "is_named_only": True}
    label, start = f"weight [{row}, {place}]", float(name == CENTRE)
    return name, float, number(label, -HEAVIEST, HEAVIEST, start=start, **look)


Weights = make_dataclass("Weights", map(_weight, WEIGHTS), bases=(State,), frozen=True)


@dataclass(frozen=True)
class Filtered(Weights):
    preset: str = menu("kernel", [*PRESETS, CUSTOM], start="identity")
    divisor: float = number("divide by", 1, MOST, start=1)
    bias: int = slider("bias", range(-WHITE, WHITE + 1, 5))
    pixels: np.ndarray = given()

    def settled(self, moved: str) -> "Filtered":
        """Take a preset's numbers, and their sum to divide by; others are no preset."""
        if moved == "preset" and self.preset in PRESETS:
            weights = dict(zip(WEIGHTS, PRESETS[self.preset]))
            return replace(self, divisor=max(1, sum(weights.values())), **weights)
        return replace(self, preset=CUSTOM) if moved in (*WEIGHTS, "divisor") else self

    @property
    def kernel(self) -> np.ndarray:
        return np.reshape([getattr(self, name) for name in WEIGHTS], (3, 3))

    @property
    def is_signed(self) -> bool:
        """Whether flat areas become 0, so that the output's sign is what matters."""
        return bool(abs(self.kernel.sum()) < 1e-9)

    @cached_property
    def output(self) -> np.ndarray:
        """Sums of products, divided by the divisor, plus the bias; not clipped."""
        return conv2d(self.pixels, self.kernel / self.divisor, self.bias)

    def scene(self) -> Scene:
        page, photo, output = Page(), self.about("photo", self.pixels), self.words()
        zoom = SIDE / max(self.pixels.shape)
        below = LEFT + zoom * len(self.pixels) + 20
        for x, values, colours, words in [
            (LEFT, self.pixels, GREY, [photo]),
            (RIGHT, self.output, SIGNED if self.is_signed else GREY, output),
        ]:
            height, width = (zoom * side for side in values.shape)
            shades = np.rint(values).clip(0, WHITE).astype(np.uint8)
            if colours == SIGNED:
                shades = np.moveaxis(paint(values, WHITE, SIGNED), 0, -1)
            page.add(Photo(x, LEFT, width, height, shades))
            page.add(colour_scale(x, below, 240, WHITE, colours))
            look = {"x": x, "size": 13, "width": SIDE}
            page.put(words[:1], below + LINE, bold=True, **look)
            page.put(words[1:], below + 2 * LINE, **look)
        self.draw_kernel(page, below + 2 * LINE)
        return page.scene(photo, *output)

    def draw_kernel(self, page: Page, y: float) -> None:
        kernel = Grid(self.kernel, fill=signed(self.kernel))
        kernel.place(LEFT, y - LINE / 2, 1.5 * LINE, LINE)
        divisor, bias = format_number(self.divisor), format_number(self.bias)
        words = [f"kernel: {self.preset}", f"÷ {divisor}", f"bias {bias}"]
        page.add(kernel.numbers())
        page.put(words, y, kernel.right + 12, size=13)
        page.y = kernel.bottom + LEFT

    def words(self) -> list[str]:
        clipped = np.mean((self.output < 0) | (self.output > WHITE))
        colours = f"{clipped:.0%} of them lie below 0, black, or above 255, white."
        if self.is_signed:
            colours = "Weights that add up to 0 turn even areas into the bias."
        each = f"each: sum of nine products ÷ {format_number(self.divisor)} + bias"
        # What is said of a preset holds without a bias.
        hint = [HINTS[self.preset]] if self.preset in PRESETS and not self.bias else []
        return [self.about("output", self.output), each, colours, *hint, *self.limits()]

    def limits(self) -> list[str]:
        """Say where a number that is typed in goes no further."""
        if HEAVIEST in np.abs(self.kernel):
            return [f"Weights go from −{HEAVIEST} to {HEAVIEST}; others are cut there."]
        if self.divisor == MOST:
            return [f"Divide by goes from 1 to {MOST}; others are cut there."]
        return []

    @staticmethod
    def about(name: str, values: np.ndarray) -> str:
        low, high = values.min(), values.max()
        return f"{name} {size(values)}, numbers from {low:.0f} to {high:.0f}"
