"""See a convolution as a matrix product; point at a row to see its window."""

from dataclasses import dataclass, replace
from functools import cached_property
from textwrap import wrap

import numpy as np

from course_utils.arguments import as_finite
from course_utils.colours import QUIET, within
from course_utils.convolution import WORKED_IMAGE, convolution_matrix, pad
from course_utils.kit.explorer import Explorer, State, given, menu, slider
from course_utils.kit.matrices import KERNELS
from course_utils.kit.page import LEFT, LINE, WIDTH, Grid, Page, products, signed, size
from course_utils.kit.scene import Box, Label, Line, Part, Scene
from course_utils.lettering import format_number

AXES = [("1-D: a signal", 1), ("2-D: an image", 2)]
INPUTS = {1: WORKED_IMAGE[0] + WORKED_IMAGE[1], 2: WORKED_IMAGE}
STANDARD = {1: ((2,), (1, 2), (-1, 0, 1), (1, -2, 2, -1)), 2: KERNELS}
SHAPES = [*((n,) for n in range(4, 11)), (3, 3), (3, 4), (3, 5), (4, 3), (4, 4), (5, 3)]
PLAYED = {"play": 900, "hint": "or point at a row"}
HEIGHT, TOP, MATRIX_TOP, GAP, SIGN, TITLE = 434, 34, 58, 30, 26, 40
ENTRY, NUMBER = 28, 40  # widths of an entry of the matrix, and of a number of a column


def matrix_explorer(
    image: np.ndarray | None = None, kernel: np.ndarray | None = None
) -> Explorer:
    """Show a convolution as the product of a matrix and a column of numbers.

    image: shape (N,), a signal of 4 to 10 numbers, or (H, W), 3 to 5 on each side and
    at most 16 in all. kernel: shape (K,) or (K, K), K from 1 to 4. None is the worked
    example's. ValueError if they do not fit together, or for any other.
    """
    image = image if image is None else as_finite("image", image)
    kernel = kernel if kernel is None else as_finite("kernel", kernel)
    axes = next((np.ndim(a) for a in (image, kernel) if a is not None), 2)
    if axes not in (1, 2):
        raise ValueError(f"expected a signal (N,) or an image (H, W), got {axes} axes")
    if image is not None and np.shape(image) not in SHAPES:
        raise ValueError(
            f"image has shape {np.shape(image)}; expected one of {SHAPES}. "
            "Cut out a part: image[:4, :4]."
        )
    state = MatrixState(axes=axes, own_image=np.asarray(image).tolist())
    if kernel is not None:
        shapes = [(k,) * axes for k in state.choices("kernel_size")]
        if np.shape(kernel) not in shapes:
            raise ValueError(
                f"kernel has shape {np.shape(kernel)}; expected one of {shapes} for an "
                f"image of shape {state.image.shape[-axes:]}"
            )
        own = np.asarray(kernel).tolist()
        state = replace(state, own_kernel=own, kernel_size=len(own))
    return Explorer("Matrix explorer", state, room=642)


@dataclass(frozen=True)
class MatrixState(State):
    axes: int = menu("convolution", AXES, start=2)
    kernel_size: int = slider("kernel size K", lambda self: self.kernel_sizes, start=2)
    stride: int = slider(
        "stride S", lambda self: range(1, min(3, self.largest_stride) + 1), start=1
    )
    padding: int = slider("padding P", lambda self: range(min(2, self.kernel_size)))
    cell: int = slider("output cell", lambda s: range(s.output.size), **PLAYED)
    own_image: list | None = given()
    own_kernel: list | None = given()

    @property
    def name(self) -> str:
        return "signal" if self.axes == 1 else "image"

    @cached_property
    def image(self) -> np.ndarray:
        is_own = np.ndim(self.own_image) == self.axes
        return np.atleast_2d(self.own_image if is_own else INPUTS[self.axes])

    @cached_property
    def kernel(self) -> np.ndarray:
        if np.shape(self.own_kernel) == (self.kernel_size,) * self.axes:
            return np.atleast_2d(self.own_kernel)
        return np.atleast_2d(STANDARD[self.axes][self.kernel_size - 1])

    @property
    def kernel_sizes(self) -> range:
        return range(self.padding + 1, min(4, *self.image.shape[-self.axes :]) + 1)

    @property
    def largest_stride(self) -> int:
        return max(replace(self, stride=1).numbers.shape)  # leaves one window

    @property
    def steps(self) -> tuple[int, int]:
        return (self.stride if self.axes == 2 else 1), self.stride

    @property
    def margins(self) -> tuple[int, int]:
        return (self.padding if self.axes == 2 else 0), self.padding

    @cached_property
    def padded(self) -> np.ndarray:
        return pad(self.image, self.kernel.shape, padding=self.margins)

    @cached_property
    def matrix(self) -> np.ndarray:
        return self.as_matrix(self.kernel)

    @cached_property
    def used(self) -> np.ndarray:
        """Where the matrix holds a weight, which may be 0 itself."""
        return self.as_matrix(np.ones_like(self.kernel)) > 0

    @cached_property
    def output(self) -> np.ndarray:
        return (self.matrix @ self.image.ravel()).reshape(self.numbers.shape)

    def as_matrix(self, kernel: np.ndarray) -> np.ndarray:
        # A stride leaves windows out, and the zeros of padding need no columns.
        inside = pad(np.ones_like(self.image), kernel.shape, padding=self.margins) > 0
        matrix = convolution_matrix(kernel, self.padded.shape)
        return matrix[np.ix_(self.numbers.ravel(), np.flatnonzero(inside))]

    @cached_property
    def numbers(self) -> np.ndarray:
        """The row of each output cell in the matrix of stride 1."""
        sides = np.subtract(self.padded.shape, self.kernel.shape) + 1
        down, right = self.steps
        return np.arange(sides.prod()).reshape(sides)[::down, ::right]

    def place(self, row: int) -> tuple[int, int]:
        return divmod(row, self.output.shape[1])

    def number(self, row: int) -> int:
        return int(self.numbers.flat[row])

    def window(self, row: int) -> list[range]:
        sides = zip(self.place(row), self.steps, self.kernel.shape)
        return [range(i * step, i * step + n) for i, step, n in sides]

    def scene(self) -> Scene:
        page, words = Page(), [self.explain(row) for row in range(len(self.matrix))]
        (image, kernel, output), (matrix, column, _) = self.stack, self.product
        page.title(*self.stack)
        kept = ", rows numbered as with S = 1" * (self.stride > 1)
        page.put([matrix.title + kept], TOP - 16, matrix.x, bold=True)
        page.add(self.heads(), image.numbers(), kernel.numbers(), column.numbers())
        page.y = max(output.bottom, matrix.bottom, column.bottom) + LINE
        shown = []
        for row, (first, *more) in enumerate(words):
            shown.append(self.frames(row))
            shown[row] += page.text([first], page.y, size=13, colour=QUIET)
            shown[row] += page.text(more, page.y + LINE, size=15)
            page.hover(self.row(row), shown[row], first, *more)
        page.rest(shown[self.cell])
        page.y += (max(map(len, words)) + 0.5) * LINE
        counts, *others = self.notes()
        page.write([counts], size=15, bold=True)
        page.write(others, size=13, colour=QUIET)
        said = " ".join([counts, *words[self.cell]])
        return page.scene(said, height=page.y - LINE / 2)

    @cached_property
    def stack(self) -> list[Grid]:
        """Image, kernel and output, one below the other on the left."""
        (top, left), (height, width) = self.margins, self.image.shape
        inside = range(top, top + height), range(left, left + width)
        of, arrays = " of" * (self.axes == 1), (self.padded, self.kernel, self.output)
        image, kernel, output = (size(a[0] if of else a) for a in arrays)
        colours, y = signed(self.kernel), TOP
        name = "padded to" if self.padding else f"{self.name}{of}"
        stack = [
            Grid(self.padded, f"{name} {image}", within(inside), largest=13),
            Grid(self.kernel, f"kernel{of} {kernel}", colours, largest=13),
            Grid(self.output, f"output{of} {output}", largest=13),
        ]
        for grid in stack:
            y = grid.place(LEFT, y, self.side).bottom + TITLE
        return stack

    @cached_property
    def product(self) -> tuple[Grid, Grid, Grid]:
        """The matrix, the column that it is multiplied by, and the result."""
        colours = signed(self.matrix, abs(self.kernel).max())
        matrix = Grid(self.matrix, f"matrix {size(self.matrix)}", colours, largest=13)
        column = Grid(self.image.reshape(-1, 1), largest=13)
        result = Grid(self.output.reshape(-1, 1), largest=13)
        tall = min(26, HEIGHT // max(self.matrix.shape))
        matrix.place(self.stack[0].right + GAP, MATRIX_TOP, ENTRY, tall)
        column.place(matrix.right + SIGN, MATRIX_TOP, NUMBER, tall)
        result.place(column.right + SIGN, MATRIX_TOP, NUMBER, tall)
        return matrix, column, result

    @property
    def side(self) -> int:
        taken = self.matrix.shape[1] * ENTRY + 2 * (SIGN + NUMBER) + GAP + 2 * LEFT
        across = (WIDTH - taken) // self.padded.shape[1]
        rows = len(self.padded) + len(self.kernel) + len(self.output)
        return min(34, across, (HEIGHT - 2 * TITLE) // rows)

    def heads(self) -> list[Part]:
        matrix, column, result = self.product
        middle, y = (matrix.y + matrix.bottom) / 2, MATRIX_TOP - 14
        labels, (rows, width) = [], self.image.shape
        for row in range(rows if rows > 1 else 0):
            x, _ = matrix.at(0, (row + 0.5) * width)
            labels.append(Label(x, y, f"image row {row}", 12, QUIET))
        return [
            *labels,
            Label(column.x - SIGN / 2, middle, "@", 20, QUIET),
            Label(result.x - SIGN / 2, middle, "=", 24, QUIET),
            Label(column.x + NUMBER / 2, y, self.name, bold=True),
            Label(result.x + NUMBER / 2, y, "output", bold=True),
        ]

    def row(self, row: int) -> list[Part]:
        """Draw a row of the matrix, and what it computes."""
        (matrix, _, result), output = self.product, self.stack[2]
        (x, y), width = matrix.at(row, 0), self.image.shape[1]
        number = f"{self.number(row)}"
        parts = [Label(x - 6, y + matrix.height / 2, number, 12, QUIET, False, "end")]
        # What is no weight is drawn faintly, with lines between the rows of the image.
        for j in np.flatnonzero(~self.used[row]).tolist():
            at = matrix.at(row, j)
            parts.append(Box(*at, ENTRY, matrix.height, "#EBEBEB", "#FAFAFA"))
        for j in range(width, self.matrix.shape[1], width):
            parts.append(Line((matrix.at(row, j), matrix.at(row + 1, j)), QUIET))
        if row and not self.place(row)[1]:
            parts.append(Line(((x, y), (matrix.right, y)), QUIET))
        for j in np.flatnonzero(self.used[row]).tolist():
            parts += matrix.number((row, j))
        return [*parts, *result.number((row, 0)), *output.number(self.place(row))]

    def frames(self, row: int) -> list[Part]:
        """Frame the window, the row, the pixels that it meets, and the output cell."""
        (image, _, output), (matrix, column, result) = self.stack, self.product
        met = np.flatnonzero(self.used[row])
        runs = np.split(met, np.flatnonzero(np.diff(met) > 1) + 1)
        spots = [
            (image, *self.window(row)),
            (matrix, [row], range(self.matrix.shape[1])),
            *((column, run.tolist(), [0]) for run in runs),
            (result, [row], [0]),
            (output, *([i] for i in self.place(row))),
        ]
        return [box for grid, i, j in spots for box in grid.frame(i, j, width=3)]

    def explain(self, row: int) -> list[str]:
        used, place, number = self.used[row], self.place(row), self.number(row)
        terms = products(self.matrix[row, used], self.image.ravel()[used])
        zeros, cell = np.count_nonzero(~used), list(place[2 - self.axes :])
        others = f"; its other {zeros} entries are zeros" if zeros else ""
        return [
            f"Row {number} of the matrix computes output cell {cell}{others}:",
            *wrap(f"{terms} = {format_number(self.output[place])}", 96),
        ]

    def notes(self) -> list[str]:
        matrix, n = self.matrix, self.kernel.size
        source = f"the same {n} weights" if n > 1 else "one and the same weight"
        padding = " Zeros of padding need no column." if self.padding else ""
        if len(self.choices("padding")) == 1:
            padding = " With K = 1, padding adds only zeros."
        counted = f"{np.count_nonzero(matrix)} of {matrix.size} entries are not zero"
        rows, columns = matrix.shape
        dense = f"A fully connected layer from {columns} numbers to {rows}"
        return [
            f"{size(matrix)} matrix: {counted}, and all come from {source}.",
            f"{dense} would learn all {matrix.size}.{padding}",
            self.pattern(),
        ]

    def pattern(self) -> str:
        (rows, columns), width = self.output.shape, self.image.shape[1]
        many = f"{self.stride} {{}}" + "s" * (self.stride > 1)
        moves = f"From row to row the weights move {many.format('column')} to the right"
        if rows * columns == 1:
            stays = " S stays at 1." if len(self.choices("stride")) == 1 else ""
            return f"There is one window only, so the matrix has one row.{stays}"
        if columns == 1:
            return f"From row to row the weights move on by {many.format('image row')}."
        if self.axes == 1:
            toeplitz = ": each diagonal holds one weight (Toeplitz)"
            return f"{moves}{toeplitz * (self.stride == 1)}."
        # The next window then begins stride · (width - columns + 1) pixels further on.
        if rows == 1 or columns == width:
            return f"{moves}."
        jump = "until" if columns > width else "and jump where"
        return f"{moves}, {jump} a row of the output ends."
