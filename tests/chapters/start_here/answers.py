"""Mistakes that learners make in *Start here*, and what its checks must say."""

MISTAKES = {
    "check_negative": [
        ("255 - image → image - 255", "expected 255, yours is -255"),
        ("255 - → -", "expected 255, yours is 0"),
        ("255 → 256", "expected 255, yours is 256"),
        ("255 → image.max()", "the greys in between"),
        ("255 - image → 1 - image / 255", "expected 255, yours is 1"),
        ("255 - image → image[::-1]", "black, 0, becomes white"),
        ("- image → - image[0]", "expected shape (1, 3), yours has shape (3,)"),
        ("255 → np.where(image > 127, 0, 255) #", "expected 155, yours is 255"),
        ("255 → 255.0", "should be whole numbers"),
        ("255 - image → np.abs(image - 255)", "look at: pixels of dtype uint8"),
        (
            "return → image[:] = 255 - image\n    return image #",
            "changed the image it was given",
        ),
    ],
    "check_swap_bgr": [
        ("..., → ", "look at: the axis that holds the channels"),
        (
            "::-1] → ::-1, :] if image.ndim > 1 else image",
            "look at: the axis that holds the channels",
        ),
        (
            "return → return np.flip(image, 0 if image.ndim < 3 else image.ndim - 1) #",
            "a list of pixels, shape (N, 3)",
        ),
        (
            "return → return image[::-1] if image.ndim == 2 else",
            "a list of pixels, shape (N, 3)",
        ),
        (
            "return → return np.flip(image, 3) if image.ndim > 4 else",
            "any number of axes in front",
        ),
        (
            "return → return np.moveaxis(image, -1, 0)[::-1] #",
            "look at: the shape, which stays as it is",
        ),
        ("::-1 → -1", "look at: the shape, which stays as it is"),
        (
            "return → return np.flip(image, 2 if image.ndim > 2 else 0) #",
            "a batch, shape (N, H, W, 3)",
        ),
        ("return → return np.flip(image) #", "the last one"),
        ("::-1 → [1, 2, 0]", "which two of the three numbers"),
        ("::-1 → [1, 0, 2]", "which two of the three numbers"),
        (
            "return → image = 1 * image\n    image[..., 0] = image[..., 2]\n    "
            "image[..., 2] = image[..., 0]\n    return image #",
            "which two of the three numbers",
        ),
        (
            "return → image[...] = 1 * image[..., ::-1]\n    return image #",
            "changed the image it was given",
        ),
        ("[..., ::-1] → ", "expected 3, yours is 1"),
    ],
    "check_to_nchw": [
        (
            "return → n, h, w, c = images.shape\n    "
            "return images.reshape(n, c, h, w) #",
            "tens count pixels, ones channels",
        ),
        ("3, 1, 2 → 3, 2, 1", "expected shape (1, 1, 2, 3), yours has shape"),
        ("3, 1, 2 → 2, 3, 1", "yours has shape (1, 3, 1, 2)"),
        (", (0, 3, 1, 2) → ", "channels, then rows and columns"),
        ("0, 3, 1, 2 → 3, 0, 1, 2", "look at: the shape: images, channels"),
        ("2)) → 2))[:, :3]", "which need not be 3"),
        ("2)) → 2))[0]", "yours has shape (1, 2, 3)"),
        ("2)) → 2)).squeeze()", "expected shape (1, 1, 2, 3), yours has shape (2, 3)"),
        ("2)) → 2))[:1]", "the images of the batch"),
        ("2)) → 2))[:, ::-1]", "tens count pixels, ones channels"),
        ("return → return images #", "yours has shape (1, 2, 3, 1)"),
    ],
    "check_flat_index": [
        (" * width → ", "how many pixels stand"),
        ("width + → ", "the first row"),
        ("row * width + column → column * width + row", "the first row"),
        (" + column → ", "the first row"),
        ("column → column + 1", "expected 3, yours is 4"),
        ("width → (width - 1)", "expected 5, yours is 4"),
        ("row → (row - 1)", "expected 3, yours is -2"),
        ("row * width + column → [row, column]", "one number"),
        ("width → float(width)", "should be whole numbers"),
    ],
    "check_brighten": [
        (".astype(int) →  & .astype(np.uint8) → ", "[0, 0] expected 255, yours is 4"),
        ("return → return brighter #", "at [0, 0] expected 255, yours is 260"),
        ("return → return brighter % 256 #", "it should stop at 255"),
        ("return → return np.minimum(brighter, 255) #", "it should stop at 0"),
        ("return → return np.maximum(brighter, 0) #", "it should stop at 255"),
        ("255 → 256", "expected 255, yours is 0"),
        (".astype(np.uint8) → ", "they are int64 and should be uint8"),
        ("np.uint8 → np.int16", "they are int16 and should be uint8"),
        ("(int) → (float) & .astype(np.uint8) → ", "should be whole numbers"),
        (
            "image.astype(int) + amount → image * (1 + amount / 255)",
            "at [0, 1] expected 110, yours is 103",
        ),
        (
            "return → return np.where(brighter > 255, 255, image) #",
            "at [0, 1] expected 110, yours is 100",
        ),
        (
            "return → image[...] = np.clip(brighter, 0, 255)\n    return image #",
            "changed the image it was given",
        ),
    ],
}

ACCEPTED = {
    "check_swap_bgr": ["::-1 → [2, 1, 0]"],
    "check_to_nchw": ["return → return np.moveaxis(images, -1, 1) #"],
    "check_brighten": ["return → return np.uint8(np.clip(brighter, 0, 255)) #"],
}
