"""Take a colour photo apart: its planes, and the order of its numbers in memory."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from course_utils.colours import CHANNEL_TINTS, PAPER, QUIET, WINDOW
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.page import LEFT, Grid, Page, Place
from course_utils.kit.scene import Box, Label, Part, Photo, Scene

CHANNELS = "RGB"
LAYOUTS = {"NHWC: channels last": "NHWC", "NCHW: channels first": "NCHW"}
VIEWS = {
    "RGB, as it is": "RGB",
    "BGR: first and last swapped": "BGR",
    **{f"only {channel}": channel for channel in CHANNELS},
    "grey: the mean of the three": "grey",
}
DOES = {
    "RGB": ("The screen gets the three numbers", "as they are."),
    "BGR": ("Red and blue have changed places.", "Green stays where it was."),
    "R": ("Planes G and B are set to 0.", "What is left is red light."),
    "G": ("Planes R and B are set to 0.", "What is left is green light."),
    "B": ("Planes R and G are set to 0.", "What is left is blue light."),
    "grey": ("Their mean, rounded, three times:", "equal numbers look grey."),
}
PATCH = (2, 3)  # rows and columns of the pixels whose numbers are shown
LARGEST_PHOTO, SIDE, MARGIN = 256, 384, 8

PANEL, TABLE = 408, 580  # left edges: of the magnified pixels, of the table of axes
SQUARE, CELL, STRIP_CELL, AXIS_CELL = 78, 44, 43, 50  # sides of a pixel, of a number
PLANE = PATCH[1] * CELL + 26  # from plane to plane
SITE_MOVES = "view", "layout"


def channel_explorer(photo: np.ndarray | None = None) -> Explorer:
    """Show the planes of a photo, and where a pixel's three numbers lie in memory.

    photo: shape (H, W, 3), uint8, 2 to 256 rows and 3 to 256 columns. None is the
    dahlia that comes with scikit-learn. ValueError for any other.
    """
    if photo is None:
        from sklearn.datasets import load_sample_image

        photo = load_sample_image("flower.jpg")[52:388:4, 64:576:4]
    photo = as_photo(photo)
    rows, columns, _ = photo.shape
    state = Channels(row=rows // 2, column=2 * columns // 3, photo=photo)
    return Explorer("Channel explorer", state)


def as_photo(photo: np.ndarray) -> np.ndarray:
    """Return a photo in one piece of memory, or raise if it is none."""
    photo = np.asarray(photo)
    wrong = f"photo has shape {photo.shape}; expected"
    if photo.ndim != 3 or photo.shape[2] != len(CHANNELS):
        go = "Channels that come first go to the end with photo.transpose(1, 2, 0)."
        raise ValueError(f"{wrong} (H, W, 3). {go}")
    rows, columns = photo.shape[:2]
    if rows < PATCH[0] or columns < PATCH[1] or max(rows, columns) > LARGEST_PHOTO:
        raise ValueError(
            f"{wrong} {PATCH[0]} to {LARGEST_PHOTO} rows and {PATCH[1]} to "
            f"{LARGEST_PHOTO} columns. Make a large one smaller by keeping every 2nd "
            "pixel, photo[::2, ::2], or every 3rd."
        )
    if photo.dtype != np.uint8:
        become = "Floats in [0, 1] become that with (255 * photo).astype(np.uint8)."
        raise ValueError(f"photo holds {photo.dtype}; expected uint8. {become}")
    return np.ascontiguousarray(photo)


def seen(pixels: np.ndarray, view: str) -> np.ndarray:
    """Return what the screen gets of pixels, shape (..., 3), uint8."""
    if view == "grey":
        mean = np.rint(pixels.mean(axis=-1, keepdims=True)).astype(np.uint8)
        return mean.repeat(3, axis=-1)
    if view == "BGR":
        return pixels[..., ::-1]
    return pixels * np.array([letter in view for letter in CHANNELS], np.uint8)


class Number(NamedTuple):
    """A number of the patch, and how many lie before it: there, in the whole photo."""

    row: int
    column: int
    channel: int
    place: int
    place_in_photo: int


@dataclass(frozen=True)
class Channels(State):
    view: str = menu("show", VIEWS, start="RGB")
    layout: str = menu("axes", LAYOUTS, start="NHWC")
    row: int = slider("row", lambda self: range(self.photo.shape[0]))
    column: int = slider("column", lambda self: range(self.photo.shape[1]))
    photo: np.ndarray = given()

    @property
    def corner(self) -> Place:
        """Where the patch begins: at the pixel, unless it would leave the photo."""
        rows, columns = (n - side for n, side in zip(self.photo.shape, PATCH))
        return min(self.row, rows), min(self.column, columns)

    @property
    def in_patch(self) -> Place:
        return self.row - self.corner[0], self.column - self.corner[1]

    @property
    def patch(self) -> np.ndarray:
        top, left = self.corner
        return self.photo[top : top + PATCH[0], left : left + PATCH[1]]

    @property
    def pixel(self) -> dict[str, np.ndarray]:
        stored = self.photo[self.row, self.column]
        return {"in the array": stored, "on the screen": seen(stored, self.view)}

    def arranged(self, image: np.ndarray) -> np.ndarray:
        """Lay a batch of one image (H, W, C) out in one piece of memory."""
        order = ["NHWC".index(axis) for axis in self.layout]
        return np.array(image[None].transpose(order), order="C")

    @cached_property
    def numbers(self) -> list[Number]:
        """The patch's numbers in the order in which they lie in memory."""
        # One byte a number, so that NumPy's strides are what PyTorch's are.
        steps = dict(zip(self.layout, self.arranged(self.photo).strides))
        first = dict(zip("HWC", (*self.corner, 0)))
        found = []
        for index in np.ndindex(self.arranged(self.patch).shape):
            at = dict(zip(self.layout, index))
            ahead = sum((first[axis] + at[axis]) * steps[axis] for axis in "HWC")
            found.append(Number(at["H"], at["W"], at["C"], len(found), ahead))
        return found

    @property
    def chosen(self) -> list[Number]:
        return [n for n in self.numbers if (n.row, n.column) == self.in_patch]

    def scene(self) -> Scene:
        page, order = Page(), self.order()
        page.add(self.framed_photo(), self.magnified(), self.titles(), self.axes())
        for number in self.numbers:
            self.point_at(page, number)
        frames = [box for number in self.chosen for box in self.frames(number)]
        page.rest([*frames, *page.text(order, self.below + 284)])
        numbers = (f"{pixel.tolist()} {where}" for where, pixel in self.pixel.items())
        said = f"{self.title()}: {', '.join(numbers)}", " ".join(order)
        return page.scene(*said, height=self.below + 322)

    @property
    def zoom(self) -> int:
        return max(1, SIDE // max(self.photo.shape))

    @property
    def below(self) -> float:
        """Where the planes begin, below the photo and what stands beside it."""
        return max(self.zoom * len(self.photo), 248) + 3 * MARGIN

    def framed_photo(self) -> list[Part]:
        rows, columns = (self.zoom * side for side in self.photo.shape[:2])
        photo = Photo(MARGIN, MARGIN, columns, rows, seen(self.photo, self.view))
        top, left = (MARGIN + self.zoom * corner - 6 for corner in self.corner)
        height, width = (self.zoom * side + 12 for side in PATCH)
        # White on both sides of the frame, so that it stands out from every colour.
        frame = left, top, width, height, "none"
        return [photo, Box(*frame, PAPER, 8), Box(*frame, WINDOW, 4)]

    def magnified(self) -> list[Part]:
        """Draw the patch, the chosen pixel's numbers, and what the view does."""
        rgb, (row, column) = seen(self.patch, self.view), ([i] for i in self.in_patch)
        grid = Grid(np.full(PATCH, np.nan), "", lambda *at: f"#{bytes(rgb[at]).hex()}")
        grid.place(PANEL, 32, SQUARE)
        return [
            *Page.text([self.title()], 14, PANEL, bold=True),
            *grid.numbers(),
            *grid.frame(row, column),
            # White inside, so that it stands out from a pixel of its own colour.
            *grid.frame(row, column, colour=PAPER, width=2, inset=5),
            *self.triples(),
            *Page.text(DOES[self.view], 220, PANEL),
        ]

    def triples(self) -> list[Part]:
        parts, x, names = [], PANEL + PATCH[1] * SQUARE + 18, self.pixel
        for y, (name, numbers) in zip((66, 152), names.items()):
            grid = Grid(numbers[None], fill=lambda _, channel: CHANNEL_TINTS[channel])
            parts += Page.text([name], y - 29, x, size=13, colour=QUIET)
            parts += _letters(CHANNELS, x, y, CELL) + grid.place(x, y, CELL).numbers()
        return parts

    @cached_property
    def planes(self) -> list[Grid]:
        planes = []
        for channel, tint in enumerate(CHANNEL_TINTS):
            plane = Grid(self.patch[..., channel], fill=lambda *_, tint=tint: tint)
            planes.append(plane.place(LEFT + channel * PLANE, self.below + 48, CELL))
        return planes

    @cached_property
    def strip(self) -> Grid:
        """All numbers of the patch as they lie in memory."""
        tints = [CHANNEL_TINTS[number.channel] for number in self.numbers]
        values = self.arranged(self.patch).reshape(1, -1)
        strip = Grid(values, fill=lambda _, place: tints[place])
        return strip.place(LEFT, self.below + 204, STRIP_CELL)

    def titles(self) -> list[Label]:
        y, shape = self.below + 14, self.arranged(self.patch).shape
        memory = f"the same {self.patch.size} numbers in memory, {self.layout}"
        return [
            *Page.text(["these six pixels, plane by plane"], y, bold=True),
            *Page.text(["the whole photo"], y, TABLE, bold=True),
            *Page.text([f"{memory}: shape {shape}"], y + 156, bold=True),
            *_letters(CHANNELS, LEFT, self.planes[0].y, PLANE),
        ]

    def axes(self) -> list[Part]:
        whole, (x, y) = self.arranged(self.photo), (TABLE, self.below + 48)
        table = Grid(np.array([whole.shape, whole.strides])).place(x, y, AXIS_CELL)
        note = "step: places to the next number"
        return [
            Label(x - 8, y + AXIS_CELL / 2, "size", 12, anchor="end"),
            Label(x - 8, y + AXIS_CELL * 1.5, "step", 12, anchor="end"),
            *_letters(self.layout, x, y, AXIS_CELL),
            *table.numbers(),
            *Page.text([note], table.bottom + 14, x, size=12, colour=QUIET),
        ]

    def point_at(self, page: Page, number: Number) -> None:
        row, column, channel, place, in_photo = number
        x, bottom = self.strip.at(1, place)
        target = (
            *self.planes[channel].number((row, column)),
            *self.strip.number((0, place)),
            *_letters(CHANNELS[channel], x, self.strip.y, STRIP_CELL),
            Label(x + STRIP_CELL / 2, bottom + 11, f"{place}", 12, QUIET),
        )
        at = f"Row {self.corner[0] + row}, column {self.corner[1] + column}"
        value = f"{CHANNELS[channel]}: {self.patch[row, column, channel]}"
        here = f"{at}, {value} is at place {place} of these, counted from 0,"
        words = here, f"and at place {in_photo} of the whole photo."
        shown = [*self.frames(number), *page.text(words, self.below + 284)]
        page.hover(target, shown, *words)

    def frames(self, number: Number) -> list[Box]:
        in_plane = self.planes[number.channel].frame([number.row], [number.column])
        return in_plane + self.strip.frame([0], [number.place])

    def title(self) -> str:
        return f"pixel [{self.row}, {self.column}] and its neighbours"

    def order(self) -> list[str]:
        """Say in which order the numbers lie, and where those of the pixel are."""
        first, second, third = (number.place_in_photo for number in self.chosen)
        pixel = f"In the whole photo, pixel [{self.row}, {self.column}]"
        places = f"{pixel} is at places {first}, {second} and {third}"
        if self.layout == "NHWC":
            order = "pixel after pixel. The three numbers of one lie side by side."
            return [f"NHWC: {order}", f"{places}."]
        order = "plane after plane. The three numbers of one pixel lie"
        apart = f"{PATCH[0] * PATCH[1]} places apart"
        return [f"NCHW: {order} {apart}.", f"{places}, {second - first} apart."]


def _letters(letters: str, x: float, y: float, step: float) -> list[Label]:
    """Write letters above columns of numbers."""
    middles = (x + (i + 0.5) * step for i in range(len(letters)))
    return [Label(x, y - 12, letter, 12, QUIET) for x, letter in zip(middles, letters)]
