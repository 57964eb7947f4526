"""See what each layer of a network makes of an image, map by map."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from torch import nn

from course_utils.chapters.improving_cifar10.inspected import Inspected
from course_utils.colours import MAGNITUDE, QUIET, SIGNED, WINDOW
from course_utils.data import ImageData
from course_utils.kit import shipped
from course_utils.kit.explorer import Explorer, State, given, menu, slider, switch
from course_utils.kit.page import LEFT, Page, photo
from course_utils.kit.photos import colour_scale, enlarge, paint
from course_utils.kit.scene import Box, Label, Scene
from course_utils.lettering import format_number

MOST = 128  # maps on a contact sheet
LARGE, TOP = 240, 44  # side of the image and of the map below it, and where it starts
SHEET, AREA = 300, 468  # where the contact sheet begins, and its side
SITE_MOVES = "image", "layer", "chosen"
SITE_NOTE = shipped.NOTE


def feature_map_explorer(model: nn.Module, data: ImageData) -> Explorer:
    """Show the feature maps of every layer, for images of the test split.

    model: maps normalised images (N, C, H, W) to logits (N, K); a copy is shown. data:
    300 of its test images can be chosen. ValueError if they do not belong together, or
    no layer returns maps. It begins with the strongest map after the first ReLU.
    """
    inside = Inspected(model, data)
    rectified = [name for name, kind in inside.kinds.items() if kind == "ReLU"]
    layer = next(iter(rectified or inside.layers))
    strongest = int(inside.maps(0, layer).mean(axis=(1, 2)).argmax())
    state = FeatureMaps(layer=layer, chosen=strongest, inside=inside)
    return Explorer("Explorer of feature maps", state)


def on_site() -> Explorer:
    return feature_map_explorer(shipped.trained_network(), shipped.pictures(4))


@dataclass(frozen=True)
class FeatureMaps(State):
    image: int = slider("image", lambda self: range(self.inside.count))
    layer: str = menu("layer", lambda self: self.inside.menu(), start="")
    chosen: int = slider("map", lambda self: range(self.inside.layers[self.layer][0]))
    over: bool = switch("lay the map over the image", width=260)
    inside: Inspected = given()

    @property
    def maps(self) -> np.ndarray:
        return self.inside.maps(self.image, self.layer)

    @property
    def map(self) -> np.ndarray:
        return self.maps[self.chosen]

    @cached_property
    def colours(self) -> str:
        return SIGNED if self.maps.min() < 0 else MAGNITUDE

    @cached_property
    def limit(self) -> float:
        """The end of the colour scale: all maps share it, but for a few extremes."""
        return float(np.quantile(np.abs(self.maps), 0.995)) or 1.0

    @property
    def on_sheet(self) -> range:
        """The maps on the contact sheet: all, or those around the chosen one."""
        first = self.chosen // MOST * MOST
        return range(first, min(first + MOST, len(self.maps)))

    def scene(self) -> Scene:
        page, about = Page(), [self.about_map(), self.about_all()]
        label, said = self.about_image()
        page.put([label], 12, bold=True, width=LARGE)
        page.put([said], 31, size=13, colour=QUIET, width=LARGE)
        page.add(photo(self.inside.image(self.image), LEFT, TOP, LARGE))
        self.draw_map(page, TOP + LARGE + 28)
        self.draw_sheet(page)
        page.write(about, y=TOP + AREA + 76)
        return page.scene(label, said, *about)

    def draw_map(self, page: Page, top: float) -> None:
        title, pixels = f"map {self.chosen}", paint(self.map, self.limit, self.colours)
        if self.over:
            title += ", over the image"
            image = self.inside.image(self.image)
            values = enlarge(self.map, image.shape[1:], smooth=False)
            pixels = image.mean(axis=0) + paint(values, self.limit, self.colours)
            pixels = (pixels / 2).astype(np.uint8)
        page.put([title], top - 13, colour=WINDOW, bold=True)
        frame = Box(LEFT - 2, top - 2, LARGE + 4, LARGE + 4, "none", WINDOW, 2)
        page.add(frame, photo(pixels, LEFT, top, LARGE))

    def draw_sheet(self, page: Page) -> None:
        """Draw the maps on one photo: many would make the page slow."""
        height, width = self.map.shape
        first, last, count = self.on_sheet[0], self.on_sheet[-1], len(self.maps)
        some = f"maps {first} to {last} of the " if len(self.on_sheet) < count else ""
        title = f"layer {self.layer}: {some}{count} maps of {height} × {width}"
        page.put([title], 12, SHEET, bold=True, width=AREA)
        words = "all in one colour scale; the number before a row is its first map's"
        page.put([words], 31, SHEET, size=12, colour=QUIET, width=AREA)
        columns = math.ceil(math.sqrt(len(self.on_sheet)))
        pictures = paint(self.maps[self.on_sheet], self.limit, self.colours)
        pixels, share = contact_sheet(pictures, columns)
        page.add(sheet := replace(photo(pixels, SHEET, TOP, AREA), x=SHEET, y=TOP))
        pitch = sheet.width / columns
        side = share * pitch
        for row, number in enumerate(self.on_sheet[::columns]):
            y = TOP + row * pitch + side / 2
            page.add(Label(SHEET - 6, y, f"{number}", 12, QUIET, anchor="end"))
        row, column = divmod(self.chosen - self.on_sheet[0], columns)
        x, y = SHEET + column * pitch, TOP + row * pitch
        page.add(Box(x - 1, y - 1, side + 2, side + 2, "none", WINDOW, 2))
        page.add(colour_scale(SHEET, TOP + AREA + 26, AREA, self.limit, self.colours))

    def about_image(self) -> tuple[str, str]:
        said, names = self.inside.said(self.image), self.inside.class_names
        best, number = int(said.argmax()), self.inside.numbers[self.image]
        label = f"test image {number:,}: {names[self.inside.target(self.image)]}"
        return label, f"the network says {names[best]}, {said[best]:.0%} sure"

    def about_map(self) -> str:
        if not self.map.any():
            return f"Map {self.chosen}: 0 everywhere. Nothing in this image moves it."
        row, column = np.unravel_index(self.map.argmax(), self.map.shape)
        where = f"row {row}, column {column}: {format_number(self.map.max())}"
        return f"Map {self.chosen}: largest at {where}. {self.share(self.map)}."

    def about_all(self) -> str:
        maps = self.maps
        strongest = int(maps.max(axis=(1, 2)).argmax())
        silent = int((~maps.any(axis=(1, 2))).sum())
        count = f"All {len(maps)} maps" if len(maps) > 1 else "The only map"
        words = f"{count}: {self.share(maps)}."
        words += f" The largest number of all is in map {strongest}."
        if silent:
            some = "1 map is" if silent == 1 else f"{silent} maps are"
            words += f" {some} 0 everywhere."
        return words

    def share(self, values: np.ndarray) -> str:
        if self.colours == SIGNED:
            return f"{np.mean(values < 0):.0%} of the numbers are negative"
        return f"{np.mean(values == 0):.0%} of the numbers are 0"


def contact_sheet(pictures: np.ndarray, columns: int) -> tuple[np.ndarray, float]:
    """Lay pictures, shape (3, N, h, w), out in rows with white lines between.

    Returns the sheet, and how much of its square's side a picture fills.
    """
    times = max(1, 8 // max(pictures.shape[2:]))  # or the lines would be too wide
    pictures = pictures.repeat(times, axis=2).repeat(times, axis=3)
    _, count, height, width = pictures.shape
    side, rows = max(height, width), math.ceil(count / columns)
    pitch = side + max(1, side // 32)
    sheet = np.full((3, rows * columns, pitch, pitch), 255, np.uint8)
    sheet[:, :count, :height, :width] = pictures
    sheet = sheet.reshape(3, rows, columns, pitch, pitch).swapaxes(2, 3)
    return sheet.reshape(3, rows * pitch, columns * pitch), side / pitch
