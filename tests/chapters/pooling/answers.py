"""Mistakes that learners make in *Pooling*, and what its checks must say."""

MISTAKES = {
    "check_pooled_by_hand": [
        ("[[6]]", "the stride"),
        ("[[6, 6, 6], [5, 7, 7], [8, 7, 9]]", "the stride"),
        ("[[4, 6], [3, 7]]", "the size of a window"),
        ("[[6, 8], [6, 9]]", "from left to right first"),
        ("[6, 6, 8, 9]", "the brackets"),
        ("[[0, 0], [0, 0]]", "the largest number"),
        ("[[21 / 9, 20 / 9], [20 / 9, 26 / 9]]", "the largest number"),
        ("9]] → 7]]", "cell [1, 1] is not right"),
        ("6], → 5],", "cell [0, 1] is not right"),
        (", [8, 9] → ", "expected 2 rows of 2 numbers, yours has shape (1, 2)"),
        ("6", "how many windows fit"),
        ("'6 6 8 9'", "rows of numbers, got str"),
        (", 9] → ]", "rows of numbers, got list"),
    ],
    "check_global_pool": [
        ("mean( → max(", "mode='average'): at [0, 0] expected 2.5, yours is 4"),
        ("axis=(2, 3) → ", "look at: which axes are pooled away"),
        ("(2, 3) → (0, 1)", "look at: which axes are pooled away"),
        ("(2, 3) → (0, 2, 3)", "expected shape (1, 1), yours has shape (1,)"),
        ("(2, 3) → (1, 2, 3)", "expected shape (1, 1), yours has shape (1,)"),
        ("(2, 3) → -1", "yours has shape (1, 1, 2)"),
        ("(2, 3) → (2, 3), keepdims=True", "yours has shape (1, 1, 1, 1)"),
        ("(2, 3) → (1, 2)", "yours has shape (1, 2)"),
        ("mean( → sum(dtype=float, ", "expected 2.5, yours is 10"),
        (
            "mean(axis=(2, 3)) → sum(axis=(2, 3)) / images.shape[2] ** 2",
            "divided by the number of its pixels",
        ),
        ("images.mean( → np.median(images, ", "divided by the number of its pixels"),
        ("max( → max(initial=0, ", "negative numbers"),
        (
            "mean(axis=(2, 3)) → mean(axis=(2, 3)).astype(int)",
            "expected 2.5, yours is 2",
        ),
    ],
    "check_pool2d": [
        ("window.mean() → window.max()", "what this mode keeps"),
        (
            "kernel_size if stride is None else stride → stride or 1",
            "windows just touch",
        ),
        (
            "size, step = → if stride is None: return image\n    size, step =",
            "just touch",
        ),
        ("if stride is None else stride → ", "how far the window moves"),
        (
            "padded = → padded = image #"
            " & sizes.conv_output_size(n, size, stride=step) → (n - size) // step + 1",
            "the padding: once on each side",
        ),
        ("margin = → margin = 0 #", "padding=1): at [0, 0] expected -5, yours is 0"),
        ("image, padding → image, min(padding, 1)", "on each side as it says"),
        (
            "image, padding → image, 2 * padding",
            "expected shape (1, 1), yours has shape (2, 2)",
        ),
        ("image.min() → -999", "does it lose against every number"),
        ("window.max() → window.max(initial=0)", "with what does your search"),
        (
            "window.mean() → window.sum() / np.pad(np.ones(image.shape), padding)"
            "[top : top + size, left : left + size].sum()",
            "they count in an average",
        ),
        (
            "return output → return np.resize(output, shape[:1] * 2)",
            "for each by itself",
        ),
        (
            "sizes.conv_output_size(n, size, stride=step) → -(-(n - size) // step) + 1",
            "the last window that still fits",
        ),
        ("return output → return output.T", "how many windows fit, for each by itself"),
        (
            "sizes.conv_output_size(n, size, stride=step) → n // step",
            "expected shape (1, 2), yours has shape (2, 3)",
        ),
        ('image.dtype if mode == "max" else → ', "should be whole numbers"),
        ('image.dtype if mode == "max" else float → int', "mode='average'"),
        ('if mode == "max" else float → ', "expected 2.5, yours is 2"),
        (
            """
def pool2d(image, kernel_size, *, mode="max", stride=None, padding=0):
    height, width = (n // kernel_size for n in image.shape)
    blocks = image[: height * kernel_size, : width * kernel_size]
    blocks = blocks.reshape(height, kernel_size, width, kernel_size)
    return blocks.max((1, 3)) if mode == "max" else blocks.mean((1, 3))
""",
            "how far the window moves",
        ),
    ],
    "check_receptive_field": [
        ("(kernel_size - 1) * jump → (kernel_size - 1)", "lie apart"),
        ("* jump\n → * jump * stride\n", "the one from the layers before"),
        ("stride, dilation in → dilation, stride in", "what is what in a layer"),
        ("dilation * ( → (", "spans when it is dilated"),
        ("jump *= stride → jump += stride - 1", "how two strides work together"),
        (
            "dilation * (kernel_size - 1) → (dilation * kernel_size - 1)",
            "spans when it is dilated",
        ),
        ("in layers → in layers[::-1]", "the one from the layers before"),
        ("size, jump = 1, 1 → size, jump = 0, 1", "at [0] expected 3, yours is 2"),
        (
            "+= → *= & * jump\n → + 1\n",
            "how much a second layer adds",
        ),
        ("return size, jump → return jump, size", "at [0] expected 3, yours is 1"),
        (
            "return size, jump → return size",
            "expected shape (2,), yours has one number",
        ),
        ("*= stride → *= stride * dilation", "spans when it is dilated"),
    ],
    "check_changed_cells": [
        ("1, axis=1 → kernel_size & != pooled → - pooled", "gains and losses"),
        ("!= pooled → - pooled", "gains and losses"),
        ("1, axis=1 → kernel_size, axis=1", "how far the image moves"),
        (", axis=1 → ", "in which rows"),
        ("axis=1 → axis=0", "which way the image moves"),
        ("1, axis → -1, axis", "which way the image moves"),
        ("(moved != pooled) → abs(moved - pooled)", "gains and losses"),
        ("mean() → sum() * 1.0", "of all pooled cells, the fraction"),
        ("return → return 100 *", "of all pooled cells, the fraction"),
        ("kernel_size) → kernel_size, stride=1)", "of all pooled cells, the fraction"),
        ("return → return 1 -", "looks the same when moved"),
        (
            "moved != pooled → np.roll(image, 1, axis=1) != image",
            "of all pooled cells, the fraction",
        ),
        (
            "moved != pooled → np.roll(pooled, 1, axis=1) != pooled",
            "of all pooled cells, the fraction",
        ),
        ("mean() → any() * 1.0", "of all pooled cells, the fraction"),
    ],
}

EQUIVALENT = {
    "check_pool2d": {
        "output = np.zeros(shape, dtype=image.dtype if mode == 'max' else float) → "
        "output = np.ones(shape, dtype=image.dtype if mode == 'max' else float)": (
            "every cell is written afterwards"
        )
    },
}
