"""Checks for notebook 09, *Data Augmentation*."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from course_utils.checks.comparing import difference, shown
from course_utils.checks.data_augmentation_cases import (
    CHANGES,
    batch_cases,
    crop_cases,
    flip_cases,
)
from course_utils.checks.demanding import judge_class
from course_utils.checks.judging import judge_function
from course_utils.checks.running import how_it_stopped, run
from course_utils.checks.transform_demands import transform_demands
from course_utils.checks.verdict import Verdict, right, to_do, wrong
from course_utils.results import Table

WHERE_YIELD = "where yield stands: inside the loop, reached once for each batch"
WORDS = {"safe": True, "unsafe": False}


def changes_to_judge() -> Table:
    """Return the changes that exercise 2 asks about.

    Returns
    -------
    Table
        One row each.
    """
    return Table(
        {"": letter, "what is to be told": change.task, "change": change.change}
        for letter, change in CHANGES.items()
    )


def check_batches(batches: Callable | None) -> Verdict:
    """Check a generator of batches.

    Parameters
    ----------
    batches
        ``batches(images, targets, batch_size)``: tensors of shape (N, C, H, W) and (N,)
        to an iterator over pairs of their slices, in order; the last may be smaller.

    Returns
    -------
    Verdict
    """
    if batches is None:
        return to_do("write batches")
    if not callable(batches):
        return wrong(f"batches should be a function, got {shown(batches)}")
    cases = batch_cases()
    for number, case in enumerate(cases, 1):
        outcome = run(_batch_complaint, (batches, *case))
        if isinstance(outcome.error, NotImplementedError):
            return to_do("write batches")
        stopped = outcome.error and how_it_stopped(outcome.error)
        problem, look_at = (stopped, "") if stopped else outcome.value
        if problem or outcome.changed:
            problem = problem or "changed the tensors it was given"
            images = f"{len(case[0])} image" + "s" * (len(case[0]) != 1)
            place = f"case {number} of {len(cases)}, {images}, batch_size={case[2]}"
            return wrong(f"{place}: {problem}", look_at=look_at)
    return right(f"{len(cases)} cases")


def check_safe_changes(answer: Sequence[str] | None) -> Verdict:
    """Check which changes keep the label.

    Parameters
    ----------
    answer
        ``"safe"`` or ``"unsafe"`` for each of `CHANGES`; None where there is none yet.

    Returns
    -------
    Verdict
        A wrong one gets a picture to think of.
    """
    if answer is None:
        return to_do("replace each None")
    if not isinstance(answer, list | tuple) or len(answer) != len(CHANGES):
        return wrong(f"the answer should be eight words, got {shown(answer)}")
    judged = dict(zip(CHANGES, answer, strict=True))
    for letter, word in judged.items():
        if word is None:
            continue
        if not isinstance(word, str) or word.strip().lower() not in WORDS:
            return wrong(f'{letter} should be "safe" or "unsafe", got {shown(word)}')
        change, given = CHANGES[letter], word.strip().lower()
        if WORDS[given] != change.is_safe:
            return wrong(f"{letter} is not {given}", look_at=change.look_at)
    if left := [letter for letter, word in judged.items() if word is None]:
        return to_do(f"replace the None for {', '.join(left)}")
    safe = [letter for letter, change in CHANGES.items() if change.is_safe]
    return right(f"{', '.join(safe)} are safe")


def check_horizontal_flip(horizontal_flip: Callable | None) -> Verdict:
    """Check the flip of some images of a batch.

    Parameters
    ----------
    horizontal_flip
        ``horizontal_flip(images, chosen)``: tensors of shape (N, C, H, W) and (N,),
        bool, to one of shape (N, C, H, W).

    Returns
    -------
    Verdict
        Compared with torchvision's flip, image by image.
    """
    return judge_function(
        horizontal_flip, _horizontal_flip, flip_cases(), name="horizontal_flip"
    )


def check_crop(crop: Callable | None) -> Verdict:
    """Check the cutting of a square out of each image of a batch.

    Parameters
    ----------
    crop
        ``crop(images, top, left, size)``: tensors of shape (N, C, H, W), (N,) and (N,)
        and an integer to a tensor of shape (N, C, size, size).

    Returns
    -------
    Verdict
        Compared with torchvision's crop, image by image.
    """
    return judge_function(crop, _crop, crop_cases(), name="crop")


def check_make_transforms(make_transforms: Callable | None) -> Verdict:
    """Check the repair of a pair of transforms, by what they do to pictures.

    Parameters
    ----------
    make_transforms
        ``make_transforms(mean, std)``: one number per channel to a pair of callables,
        for training and for testing. Each maps a Pillow image to a tensor of shape
        (3, 32, 32), float32, normalised.

    Returns
    -------
    Verdict
    """
    demands, name = transform_demands(), "make_transforms"
    return judge_class(make_transforms, demands, name=name, kind="function")


def _batch_complaint(
    batches: Callable, images: Tensor, targets: Tensor, batch_size: int
) -> tuple[str, str]:
    """Return what is wrong, and where to look."""
    result = batches(images, targets, batch_size)
    if not isinstance(result, Iterator):
        generator = "what makes a function a generator: yield, where return would stand"
        return f"expected a generator, yours returned {shown(result)}", generator
    pairs = zip(images.split(batch_size), targets.split(batch_size), strict=True)
    expected = list(pairs) if len(images) else []
    yours = list(islice(result, len(images) + 2))
    count = f"expected {_batches(expected)}, yours yields {len(yours)}"
    if len(yours) <= 1 < len(expected):
        only_the_first = yours and _other_batch(expected[0], yours[0]) == ("", "")
        if not only_the_first:
            return count, WHERE_YIELD
    for number, (wanted, got) in enumerate(zip(expected, yours, strict=False), 1):
        problem, look_at = _other_batch(wanted, got)
        if problem:
            return f"batch {number}: {problem}", look_at
    if len(expected) != len(yours):
        return count, "where the loop ends: no image is left out, no batch is empty"
    return "", ""


def _batches(items: list) -> str:
    return f"{len(items)} batch" + "es" * (len(items) != 1)


def _other_batch(wanted: tuple[Tensor, Tensor], got: object) -> tuple[str, str]:
    if not isinstance(got, tuple | list) or len(got) != 2:
        pair = "what is yielded: images and targets together, as a pair"
        return f"expected a pair of tensors, got {_kind(got)}", pair
    parts = {"images": "a batch: many images at once", "targets": "the targets"}
    parts["targets"] += ": they are sliced as the images are"
    for (name, hint), one, other in zip(parts.items(), wanted, got, strict=True):
        if other is None or not isinstance(other, Tensor):
            return f"expected a tensor of {name}, got {_kind(other)}", hint
        if problem := difference(one, other):
            first = hint if one.shape != other.shape else "the slices: start and end"
            return f"{name}: {problem}", first
    return "", ""


def _kind(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    return shown(value)


def _horizontal_flip(images: Tensor, chosen: Tensor) -> Tensor:
    flipped = zip(images, chosen, strict=True)
    return torch.stack([functional.hflip(i) if yes else i for i, yes in flipped])


def _crop(images: Tensor, top: Tensor, left: Tensor, size: int) -> Tensor:
    places = zip(images, top.tolist(), left.tolist(), strict=True)
    return torch.stack([functional.crop(i, t, l_, size, size) for i, t, l_ in places])
