"""Mistakes that learners make in *Data augmentation*, and what its checks must say."""

ALL_WAYS = "look at: left and right"
CHOSEN = "look at: which images are chosen"
TOP, LEFT = "look at: the first row", "look at: the first column"

MISTAKES = {
    "check_batches": [
        ("        yield →     yield", "yours yields 1\nlook at: where yield stands"),
        (
            "0, len(images), batch_size → len(images) & [start:end] → [start]",
            "look at: a batch: many images at once",
        ),
        ("yield → return", "expected a generator, yours returned tuple"),
        (
            "lambda images, targets, batch_size:"
            " [*zip(images.split(batch_size), targets.split(batch_size))]",
            "expected a generator, yours returned list",
        ),
        (
            "len(images) → len(images) - batch_size + 1",
            "3 images, batch_size=2: expected 2 batches, yours yields",
        ),
        (
            "len(images) → len(images) // batch_size * batch_size",
            "yours yields 1\nlook at: where the loop ends",
        ),
        (
            "len(images) → len(images) + 1",
            "expected 2 batches, yours yields 3\nlook at: where",
        ),
        (
            "def batches(images, targets, batch_size):\n"
            "    yield from zip(images.split(batch_size), targets.split(batch_size))",
            "0 images, batch_size=4: expected 0 batches",
        ),
        (
            ", batch_size): → ):",
            "batch 2: images: at [0, 0, 0, 0] expected 2, yours is 1",
        ),
        (
            "targets[start:end] → targets",
            "targets: expected shape (2,), yours has shape (4,)",
        ),
        (
            "images[start:end], targets[start:end]"
            " → targets[start:end], images[start:end]",
            "images: expected shape (2, 1, 1, 1), yours has shape (2,)",
        ),
        (", targets[start:end] → ", "expected a pair of tensors, got"),
        ("start:end → :batch_size", "batch 2: images: at"),
        ("start:end → start:batch_size", "batch 2: images: expected shape"),
        (
            "images[start:end] → images[start:end] / 255",
            "batch 1: images: at [1, 0, 0, 0] expected 1",
        ),
    ],
    "check_safe_changes": [
        ('("unsafe" → ("safe"', "A is not safe\nlook at: a 6"),
        (
            '("unsafe", "safe" → ("unsafe", "unsafe"',
            "B is not unsafe\nlook at: a horse",
        ),
        (
            '"safe", "unsafe", "unsafe" → "safe", "safe", "unsafe"',
            "C is not safe\nlook at: a b in the mirror",
        ),
        (
            '"unsafe", "unsafe" → "unsafe", "safe"',
            "D is not safe\nlook at: what the label says",
        ),
        (
            '"unsafe", "safe", "safe" → "unsafe", "unsafe", "safe"',
            "E is not unsafe\nlook at: whether cells",
        ),
        ('"safe", "safe" → "safe", "unsafe"', "F is not unsafe"),
        ('"unsafe", "safe") → "safe", "safe")', "G is not safe"),
        ('"safe") → "unsafe")', "H is not unsafe"),
        ('("safe",) + 7 * (None,)', "A is not safe"),
        ("8 * (True,)", 'A should be "safe" or "unsafe", got bool True'),
        (', "safe") → )', "should be eight words"),
    ],
    "check_horizontal_flip": [
        ("flip(3) → flip(2)", "at [0, 0, 0, 0] expected 1, yours is 0"),
        ("flip(3) → flip(2, 3)", ALL_WAYS),
        ("lambda images, chosen: images.flip(3)", CHOSEN),
        ("chosen.view(-1, 1, 1, 1) → chosen[0]", CHOSEN),
        ("chosen.view → (~chosen).view", "at [0, 0, 0, 0] expected 1, yours is 0"),
        (
            "return → images[chosen] = images[chosen].flip(3)\n    return images #",
            "changed the images it was given",
        ),
        (
            "lambda images, chosen: images[chosen].flip(3)",
            "expected shape (1, 1, 1, 2), yours has shape (0, 1, 1, 2)",
        ),
        ("flip(3) → flip(1)", ALL_WAYS),
        ("flip(3) → flip(0)", ALL_WAYS),
        (
            "images) → images) * 1.0",
            "should be whole numbers; yours are floating-point",
        ),
        (
            "lambda images, chosen: images + chosen.view(-1, 1, 1, 1) * images.flip(3)",
            ALL_WAYS,
        ),
    ],
    "check_crop": [
        ("top, left] → left, top]", TOP),
        ("top, left] → top[0], left[0]]", "the places: each image has its own"),
        ("images.unfold → images.roll((-1, -1), (2, 3)).unfold", TOP),
        (
            "size, 1 → size + 1, 1",
            "expected shape (1, 1, 1, 1), yours has shape (1, 1, 2, 2)",
        ),
        ("top, left] → *[(n - size) // 2 for n in images.shape[2:]]]", TOP),
        ("top, left] → -1 - top, -1 - left]", TOP),
        ("left] → left].transpose(2, 3)", LEFT),
        (
            "left] → left].permute(0, 2, 3, 1)",
            "expected shape (1, 1, 2, 2), yours has shape (1, 2, 2, 1)",
        ),
        ("left] → left][:, :1]", "look at: the shape"),
        ("left] → 0]", LEFT),
        (
            "return → squares = & left] → left]\n    images *= 0\n    return squares",
            "changed the images it was given",
        ),
    ],
    "check_make_transforms": [
        (
            "train_transform, v2.Compose(to_tensor) → train_transform, train_transform",
            "look at: the test transform: nothing in it",
        ),
        (
            "*to_tensor] → v2.RandomAffine(0, translate=(0.1, 0.1)), *to_tensor]",
            "look at: what moves the picture: one such transform",
        ),
        (
            "v2.Normalize(mean, std), → ",
            "expected a pixel [-2.0, -2.0, -3.0], got [0.0, 0.0, 0.0]",
        ),
        (", scale=True → ", "look at: the range"),
        ("v2.Compose(to_tensor) → v2.Compose(to_tensor[:2])", "look at: normalising"),
        (
            "*to_tensor] → *to_tensor[:2]]",
            "look at: training pictures: they are normalised",
        ),
        (
            "[v2.RandomCrop → [*to_tensor, v2.RandomCrop & , *to_tensor] → ]",
            "look at: the order: a black frame",
        ),
        (
            "mean, std → [0.5, 0.4, 0.3], [0.25, 0.2, 0.1]",
            "for another mean and std: expected a pixel",
        ),
        ("v2.RandomHorizontalFlip(p=0.5), → ", "0 of 100 were mirrored left and right"),
        (
            "v2.RandomCrop(32, padding=4), → ",
            "moved up or down by at most 0 pixels; expected up to 4",
        ),
        ("*to_tensor] → v2.RandomVerticalFlip(), *to_tensor]", "stood on their heads"),
        ("padding=4 → padding=2", "by at most 2 pixels"),
        (
            "train_transform, v2.Compose(to_tensor)"
            " → v2.Compose(to_tensor), train_transform",
            "the same picture comes out in different ways",
        ),
        (", v2.Compose(to_tensor) → ", "expected a pair of transforms"),
        ("v2.Compose → list", "Compose makes a transform of a list; got list"),
        ("32, padding=4 → 28", "and a training picture: expected shape (3, 32, 32)"),
        (
            "v2.Compose(to_tensor)"
            " → v2.Compose([v2.RandomHorizontalFlip(p=1), *to_tensor])",
            "the dots are not where they were",
        ),
    ],
}

ACCEPTED = {
    "check_batches": [
        "def batches(images, targets, batch_size):\n"
        "    if len(images):\n"
        "        yield from zip(images.split(batch_size), targets.split(batch_size))"
    ],
    "check_safe_changes": ['("unsafe", "safe" → ("UNSAFE", " Safe "'],
    "check_crop": [
        """
def crop(images, top, left, size):
    squares = [
        image[:, t : t + size, c : c + size]
        for image, t, c in zip(images, top, left, strict=True)
    ]
    return torch.stack(squares)
"""
    ],
}

EQUIVALENT = {
    "check_make_transforms": {
        "train_transform = v2.Compose([v2.RandomCrop(32, padding=4), "
        "v2.RandomHorizontalFlip(p=0.5), *to_tensor])"
        " → train_transform = v2.Compose([v2.RandomCrop(32, padding=4), "
        "v2.RandomHorizontalFlip(), *to_tensor])": "one half is what p is anyway",
    },
}
