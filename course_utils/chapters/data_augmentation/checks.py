"""Checks of *Data Augmentation*."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

import torch
from torch import Tensor

from course_utils import augment
from course_utils.chapters.data_augmentation import signs
from course_utils.kit.check import Check
from course_utils.kit.compare import difference, shown
from course_utils.kit.networks import ClassCheck, Demand, Make
from course_utils.kit.verdict import Verdict, right, to_do, wrong
from course_utils.measured import Table

# --------------------------------------------------------- a generator of batches

FEW = (4, 2), (2, 1), (3, 2), (2, 5), (1, 1), (6, 3), (7, 3), (10, 4), (9, 8)
CASES = [(*sizes, (1, 1, 1)) for sizes in FEW]  # images, in a batch; shape of an image
CASES += [(0, 4, (3, 2, 2)), (5, 2, (3, 2, 4)), (130, 64, (3, 4, 4))]


def batch_demands() -> list[Demand]:
    words = "on {} images, batch_size={}"
    return [Demand(words.format(*row), partial(other_batches, *row)) for row in CASES]


def other_batches(
    count: int, size: int, shape: tuple[int, ...], batches: Callable
) -> tuple[str, str]:
    numbers = torch.arange(count)  # Each image is filled with its number.
    images = numbers.to(torch.uint8).view(-1, 1, 1, 1).repeat(1, *shape)
    targets = 10 * numbers
    given = images.clone(), targets.clone()
    result = batches(*given, size)
    if not isinstance(result, Iterator):
        generator = "what makes a function a generator: yield, where return would stand"
        return f"expected a generator, yours returned {shown(result)}", generator
    expected = [*zip(images.split(size), targets.split(size))] if len(images) else []
    yours = list(islice(result, len(images) + 2))
    if not all(map(torch.equal, given, (images, targets))):
        return "changed the tensors it was given", "the slices: they are not worked on"
    count = f"{len(expected)} batch{'es' * (len(expected) != 1)}"
    other_count = f"expected {count}, yours yields {len(yours)}"
    found = [other_batch(*both) for both in zip(expected, yours)]
    few = len(yours) < 2 <= len(expected)
    if few and all(other_batch(expected[-1], one) == ("", "") for one in yours):
        where = "where yield stands: inside the loop, and where that starts and ends"
        return other_count, where
    for number, (problem, look_at) in enumerate(found, 1):
        if problem:
            return f"batch {number}: {problem}", look_at
    ends = "where the loop ends: no image is left out, no batch is empty"
    return other_count * (len(expected) != len(yours)), ends


check_batches = ClassCheck("batches", batch_demands, "function")


def other_batch(wanted: tuple[Tensor, Tensor], got: object) -> tuple[str, str]:
    if not isinstance(got, tuple | list) or len(got) != 2:
        is_tensor = isinstance(got, Tensor)
        kind = f"a tensor of shape {tuple(got.shape)}" if is_tensor else shown(got)
        pair = "what is yielded: images and targets together, as a pair"
        return f"expected a pair of tensors, got {kind}", pair
    shapes = [tuple(getattr(one, "shape", ())) for one in (*wanted, *got)]
    if shapes[:2] == shapes[:1:-1] and shapes[0] != shapes[2]:
        problem = f"images: expected shape {shapes[0]}, yours has shape {shapes[2]}"
        return problem, "the order in the pair: images first, then targets"
    many = "a batch: batch_size images at once, fewer in the last; all axes stay"
    sliced = "the targets: they are sliced as the images are"
    names = ("images", many), ("targets", sliced)
    for (name, hint), one, other in zip(names, wanted, got):
        if not isinstance(other, Tensor):
            slices = "what a slice of a tensor is: a tensor, no array and no list"
            return f"expected a tensor of {name}, got {shown(other)}", slices
        if problem := difference(one, other):
            values = other_values(one, other)
            return f"{name}: {problem}", values if one.shape == other.shape else hint
    return "", ""


def other_values(one: Tensor, other: Tensor) -> str:
    if other.dtype != one.dtype:
        return "the numbers: slices as they are, nothing divided or converted"
    if torch.equal(one.flatten().sort().values, other.flatten().sort().values):
        return "the order: images and targets as they come, nothing shuffled"
    return "the slices: start and end; and the order: nothing shuffled"


# --------------------------------------------------------- which changes are safe

CHANGES = {  # what is to be told of pictures, and how they are changed
    "A": ("which digit, 0 to 9", "turn by 180 degrees"),
    "B": ("which animal or vehicle (CIFAR-10)", "mirror left and right"),
    "C": ("which small letter, a to z", "mirror left and right"),
    "D": ("which colour a traffic light shows", "draw a new hue"),
    "E": ("sick or healthy, cells under a microscope", "turn by 90 degrees"),
    "F": ("which digit, 0 to 9, with a wide margin", "move by one pixel"),
    "G": ("is the photograph upright or upside down", "turn by 180 degrees"),
    "H": ("which kind of bird", "10 % brighter or darker"),
}
ANSWERS = {  # and a picture to think of
    "A": ("unsafe", "a 6 that stands on its head"),
    "B": ("safe", "a horse that walks to the left: is it a horse?"),
    "C": ("unsafe", "a b in the mirror"),
    "D": ("unsafe", "what the label says: the very thing that changes"),
    "E": ("safe", "whether cells on a slide have an upper side"),
    "F": ("safe", "a 7 a little further to the right: is it a 7?"),
    "G": ("unsafe", "what the label says of the turned photograph"),
    "H": ("safe", "a robin behind which the sun comes out: is it a robin?"),
}


def changes_to_judge() -> Table:
    """Return the changes that `check_safe_changes` asks about."""
    columns = "", "what is to be told", "change"
    return Table(dict(zip(columns, (letter, *row))) for letter, row in CHANGES.items())


def check_safe_changes(answer: Sequence[str | None] | None) -> Verdict:
    """Check which changes keep the label: ``"safe"`` or ``"unsafe"`` for each."""
    if answer is None:
        return to_do("replace each None")
    answer = answer.tolist() if hasattr(answer, "tolist") else answer
    if not isinstance(answer, list | tuple) or len(answer) != len(CHANGES):
        return wrong(f"the answer should be eight words, got {shown(answer)}")
    given = {letter: word for letter, word in zip(CHANGES, answer) if word is not None}
    for letter, word in given.items():
        label, look_at = ANSWERS[letter]
        plain = word.strip().lower() if isinstance(word, str) else ""
        if plain not in ("safe", "unsafe"):
            return wrong(f'{letter} should be "safe" or "unsafe", got {shown(word)}')
        if plain != label:
            return wrong(f"{letter} is not {plain}", look_at=look_at)
    if left := [letter for letter in CHANGES if letter not in given]:
        return to_do(f"replace the None for {', '.join(left)}")
    safe = [letter for letter, (label, _) in ANSWERS.items() if label == "safe"]
    return right(f"{', '.join(safe)} are safe")


# ------------------------------------------------------------- flips and squares


def counted(*shape: int) -> Tensor:
    return torch.arange(torch.Size(shape).numel()).view(shape)


def any_flips() -> Iterator[tuple]:
    seeded = torch.Generator().manual_seed(0)
    for shape in ((8, 3, 5, 4), (64, 3, 8, 8)):
        images = torch.rand(shape, generator=seeded)
        yield images, torch.rand(len(images), generator=seeded) < 0.5


def tensor(result: object) -> object:
    """Refuse a list: the notebook goes on with what comes back."""
    if not isinstance(result, Tensor | None):
        kind = f"a {type(result).__name__}; see torch.stack and torch.from_numpy"
        raise RuntimeError(f"expected a tensor back, got {kind}")
    return result


WAYS = "left and right: the order of the columns, in all channels, and of nothing else"
WHICH = "which images are chosen: each has its own truth value, and stays itself"
check_horizontal_flip = Check(
    "horizontal_flip",
    augment.horizontal_flip,
    [WHICH, (counted(20, 1, 2, 2), [False] * 20)],
    [WAYS, (counted(1, 1, 1, 2), [True]), (counted(1, 1, 1, 3), [True])],
    [WHICH, (counted(2, 1, 1, 2), [True, False]), (counted(2, 1, 1, 3), [False, True])],
    [WAYS, (counted(1, 1, 2, 3), [True]), (counted(1, 2, 2, 2), [True])],
    [WHICH, (counted(2, 1, 3, 2), [True, True])],
    [WHICH, (counted(3, 1, 2, 2), [True, False, True])],
    [WAYS, (counted(2, 3, 2, 4), [False, True])],
    [WHICH, (counted(3, 2, 2, 3), [False, False, False]), *any_flips()],
    as_array=torch.tensor,
    whole=False,  # a mask of decimals makes decimals
    view=tensor,
    ready_made=["horizontal_flip"],
)


def any_squares() -> Iterator[tuple]:
    seeded = torch.Generator().manual_seed(0)
    for count, high, wide, size in ((5, 6, 9, 4), (32, 16, 16, 8)):
        images = torch.rand((count, 3, high, wide), generator=seeded)
        top = torch.randint(high - size + 1, (count,), generator=seeded)
        left = torch.randint(wide - size + 1, (count,), generator=seeded)
        yield images, top, left, size


PLACE = "the place: top is the first row, left the first column, from 0; size of each"
SHAPE = "the shape: of each image a square, size rows and columns, and all channels"
check_crop = Check(
    "crop",
    augment.crop,
    [PLACE, (counted(1, 1, 2, 2), [0], [0], 1), (counted(1, 1, 2, 2), [1], [0], 1)],
    [PLACE, (counted(1, 1, 2, 2), [0], [1], 1)],
    ["the square: its place; rows stay rows", (counted(1, 1, 2, 2), [0], [0], 2)],
    [PLACE, (counted(1, 1, 2, 3), [0], [1], 2), (counted(1, 1, 3, 2), [1], [0], 2)],
    [SHAPE, (counted(1, 1, 3, 3), [0], [0], 3)],
    [PLACE, (counted(1, 1, 4, 5), [2], [1], 2)],
    "the places: each image has its own top and left",
    (counted(2, 1, 2, 2), [0, 1], [1, 0], 1),
    (counted(2, 1, 3, 4), [1, 0], [0, 2], 2),
    (counted(2, 2, 3, 3), [1, 0], [1, 0], 2),
    [(counted(3, 3, 4, 4), [0, 1, 1], [1, 0, 1], 3), *any_squares()],
    at_shape=SHAPE,
    as_array=torch.tensor,
    view=tensor,
    ready_made=["crop"],
)

# ------------------------------------ changes for signs anywhere, in any light

COPIES = 200  # of each arrow
KINDS = (*signs.NAMES, "down")  # the last is no class: what a toppled "up" is


def change_demands() -> list[Demand]:
    names = "the name, and what is returned: a module, or a function of a batch"
    kept = "what comes back: new images, as many, of the same size, floats in [0, 1]"
    own = "who draws and when: in each call, each picture, as augment's do (v2's not)"
    label = "what the sign says: which of the changes makes another arrow of it"
    lost = "how much of the arrow is left, and whether it hangs askew: do less"
    place = "where arrows lie: up to 4 pixels in all ways, row and column drawn apart"
    light = "the light: a factor from 0.6 to 1.4, which each sign draws for itself"
    rows = [
        ("and what it returns", no_change, names),
        ("and a batch of signs", other_form, kept),
        ("and 600 signs, twice", one_draw, own),
        ("and 600 signs", no_arrow, lost),
        ("and 600 signs", other_arrow, label),
        ("and 600 signs", stays_in_the_middle, place),
        ("and 600 signs", stays_as_bright, light),
    ]
    return [Demand(*row) for row in rows]


def no_change(make: Make) -> str:
    made = make()
    if isinstance(made, type):
        return f"expected a module, got the class {made.__name__}: call it"
    return "" if callable(made) else f"expected a module, got {shown(made)}"


def other_form(make: Make) -> str:
    images = (copies() > 0.3).float()  # black and white: what leaves [0, 1] shows
    before, change = images.clone(), make()
    got = change(images)
    if not isinstance(got, Tensor):
        return f"expected a tensor, got {shown(got)}"
    if got.shape != images.shape or got.dtype != images.dtype:
        wanted = f"{tuple(images.shape)} and {images.dtype}"
        return f"expected {wanted}, got {tuple(got.shape)} and {got.dtype}"
    if not torch.equal(images, before):
        return "it changed the images that it was given: work on a copy"
    low, high = got.min().item(), got.max().item()
    fits = -0.01 <= low <= high <= 1.01
    return "" if fits else f"expected numbers from 0 to 1, got {low:.2f} to {high:.2f}"


def one_draw(make: Make) -> str:
    change, given = make(), copies()
    one_kind, again = change(given), change(given)
    if torch.equal(one_kind, given):
        return "nothing was changed"
    if torch.equal(one_kind, again):
        return "they were changed in the same way when they came again"
    for what, look in (("moved", lambda x: found(x)[2]), ("as bright", brightness)):
        first = look(one_kind)
        if torch.equal(first, look(again)) and len(first.unique(dim=0)) > 1:
            return f"each was {what} as before when they came again"
    different = len(one_kind[:COPIES].flatten(1).unique(dim=0))
    few = f"they came out in {different} way{'s' * (different > 1)} only"
    return few if different < 10 else ""


def other_arrow(make: Make) -> str:
    best, _, _ = found(run_in_batches(make))
    for number, kinds in enumerate(best.split(COPIES)):
        wrong_ones = kinds[kinds != number]
        if len(wrong_ones) > COPIES / 20:
            other = KINDS[int(wrong_ones.mode().values)]
            ways = f"{len(wrong_ones)} of {COPIES} signs that say {KINDS[number]!r}"
            return f"{ways} no longer do: it may be {other!r} that one reads"
    return ""


def no_arrow(make: Make) -> str:
    _, clearness, _ = found(run_in_batches(make))
    lost = int((clearness < 0.98).sum())
    return f"of {lost} no whole arrow is left" if lost > 3 * COPIES / 20 else ""


def stays_in_the_middle(make: Make) -> str:
    _, _, places = found(run_on(make))
    reach = [*(-places.amin(0)).tolist(), *places.amax(0).tolist()]
    different = len(places.unique(dim=0))
    if different == 1 and any(reach):
        return "all were moved in the same way: does each sign get its own draw?"
    if max(reach) > signs.SHIFT:
        return f"one lies {max(reach)} pixels from the middle"
    for way, pixels in zip(("up", "left", "down", "right"), reach):
        if pixels < signs.SHIFT:
            return f"none lies more than {max(pixels, 0)} pixels {way} of the middle"
    return f"they lie in {different} places only" * (different < 50)


def stays_as_bright(make: Make) -> str:
    before, after = copies(), run_on(make)
    low, high = (brightness(after) / brightness(before)).aminmax()
    dark = (brightness(run_in_batches(make), 0.6) / brightness(before, 0.6)).max()
    if dark > 2.2:
        return f"a dark background became {dark:.1f} times as bright"
    fits = 0.4 < low < signs.DARKEST + 0.08 and high > signs.BRIGHTEST - 0.08
    return "" if fits else f"they were {low:.2f} to {high:.2f} times as bright"


def copies() -> Tensor:
    """Clean signs, 200 of each kind, shape (600, 3, 20, 20)."""
    ink, paper = torch.tensor([[0.65, 0.6, 0.65], [0.1, 0.2, 0.15]]).view(2, 3, 1, 1)
    return torch.lerp(paper, ink, signs.arrows()).repeat_interleave(COPIES, 0)


def run_on(make: Make) -> Tensor:
    return make()(copies()).detach()


def run_in_batches(make: Make) -> Tensor:
    """Return what becomes of the signs in ten batches, which may have one draw each."""
    change, batches = make(), copies().unflatten(0, (3, COPIES)).split(COPIES // 10, 1)
    changed = [change(b.flatten(0, 1)).detach().unflatten(0, (3, -1)) for b in batches]
    return torch.cat(changed, 1).flatten(0, 1)


def brightness(images: Tensor, share: float = 0.95) -> Tensor:
    return images.mean(1).flatten(1).quantile(share, 1)


def found(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Look for each kind of arrow everywhere.

    Return which is most alike, (600,); how alike it is, at most 1; and where the right
    one lies, in rows and columns from the middle, (600, 2).
    """
    images, size = images.mean(1, keepdim=True), len(signs.LEFT)
    three = signs.arrows()[:, 0, 5 : 5 + size, 5 : 5 + size]
    kinds = torch.cat([three, three[2:].flip(1)]).flatten(1)
    kinds = torch.nn.functional.normalize(kinds - kinds.mean(1, keepdim=True))
    windows = torch.nn.functional.unfold(images, size)
    windows = windows - windows.mean(1, keepdim=True)
    alike = (kinds @ torch.nn.functional.normalize(windows, dim=1)).abs()
    clearness, best = alike.amax(2).max(1)
    right_kind = torch.arange(3).repeat_interleave(COPIES)
    places = alike[torch.arange(len(images)), right_kind].argmax(1)
    across = images.shape[3] - size + 1
    return best, clearness, torch.stack([places // across, places % across], 1) - 5


# Hundreds of images take their time on a busy machine.
check_make_changes = ClassCheck("make_changes", change_demands, "function", seconds=15)
