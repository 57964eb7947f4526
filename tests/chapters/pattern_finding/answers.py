"""Mistakes that learners make in *Pattern finding*, and what its checks must say."""

DIVISOR = "what the product is divided by"
MOVED = "expected 0, yours is"
LARGEST = "which difference is asked for: the largest"
PAIR = "should return two arrays, grad_image and grad_kernel"
WHERE = "where the kernel stands in each row"

MISTAKES = {
    "check_cosine_map": [
        ("cosine( → np.vdot(", "expected 1, yours is 10"),
        ("cosine( → 1 / np.vdot(window, window) * np.vdot(", DIVISOR),
        ("cosine( → 1 / np.vdot(kernel, kernel) * np.vdot(", DIVISOR),
        ("cosine( → np.linalg.norm(window) * cosine(", DIVISOR),
        (
            "cosine( → 1 / abs(window).sum() / abs(kernel).sum() * np.vdot(",
            "square, add up, take the root",
        ),
        ("cosine( → 1 / (window**2).sum() / (kernel**2).sum() * np.vdot(", DIVISOR),
        (
            "cosine( → 1 / (0.01 + np.linalg.norm(window) * np.linalg.norm(kernel))"
            " * np.vdot(",
            "expected 1, yours is 0.999001",
        ),
        (
            "cosine( → np.linalg.norm(window) / np.linalg.norm(image) * cosine(",
            "expected 0.8, yours is 0.64\nlook at: each window by itself",
        ),
        ("kernel.any() → kernel.sum()", "look at: when there is no direction"),
        ("window.any() → window.sum()", "look at: when there is no direction"),
        (
            "output\n → output[:, : len(output)]\n",
            "look at: rows and columns: how many windows",
        ),
        (
            "if window.any() and kernel.any() → with np.errstate(invalid='ignore')",
            "expected 0, yours is nan",
        ),
        ("zeros(shape) → ones(shape)", "expected 0, yours is 1"),
        ("zeros(shape) → zeros(shape, int)", "should be floating-point numbers"),
        ("(window, kernel → (window, kernel[::-1, ::-1]", "which weight meets which"),
        ("output\n → output.T\n", "yours has shape"),
        ("output\n → abs(output)\n", "opposite directions"),
        ("output\n → output[:-1]\n", "expected shape (1, 1), yours has shape (0, 1)"),
        ("image, kernel = → in_floats =", "uint8"),
    ],
    "check_toeplitz_1d": [
        (
            "rows = → rows = max(input_size - len(kernel) + 1, 0) #",
            "expected a ValueError, yours returned ndarray",
        ),
        ("= kernel\n → = kernel[::-1]\n", "expected 1, yours is 2"),
        ("matrix\n → matrix.T\n", "expected shape (1, 2), yours has shape (2, 1)"),
        ("len(kernel)) → len(kernel)) - 1", "yours has shape (0, 2)"),
        (
            "matrix\n → [np.roll(matrix[0], row) for row in range(input_size)]\n",
            "expected shape (1, 2), yours has shape (2, 2)",
        ),
        (
            "range(rows) → range(input_size // len(kernel))"
            " & row : row + len(kernel) → row * len(kernel) : (row + 1) * len(kernel)",
            WHERE,
        ),
        ("row : row + → :", WHERE),
        (", dtype=np.asarray(kernel).dtype → ", "should be whole numbers"),
        ("np.asarray(kernel).dtype → int", "what becomes of decimals"),
        ("np.array([[1, 2]])", "toeplitz_1d should be a function"),
    ],
    "check_im2col": [
        (".T → ", "expected shape (4, 1), yours has shape (1, 4)"),
        (
            "ravel() → T.ravel() & for i in range(height) → for j in range(width)"
            " & for j in range(width)\n    ] → for i in range(height)\n    ]",
            "read row by row",
        ),
        ("ravel() → T.ravel()", "expected 2, yours is 3"),
        (
            "range(height) → range(0, height, rows)"
            " & range(width) → range(0, width, columns)",
            "windows overlap",
        ),
        (
            "np.stack(windows).T → np.reshape(windows, (rows * columns, -1))",
            "look at: the columns: each of them is one window",
        ),
        (
            "rows, columns = → kernel_size = rows, columns = kernel_size[::-1] #",
            "rows come first, then columns",
        ),
        (".T → .T[:, :-1]", "one pixel, one window"),
        (
            "np.stack(windows).T → np.resize(image, (rows * columns, len(windows)))",
            "each of them is one window",
        ),
        (".T → .T.astype(float)", "should be whole numbers"),
    ],
    "check_conv2d_by_matmul": [
        (
            ".reshape(count, height, width) → ",
            "expected shape (1, 1, 1), yours has shape (1, 1)",
        ),
        ("columns).reshape → columns).T.reshape", "its cells in the order of the win"),
        (
            "width)\n → width).swapaxes(1, 2)\n",
            "expected shape (1, 1, 3), yours has shape (1, 3, 1)",
        ),
        ("count, * → bank = bank[:1]\n    count, *", "one for each kernel"),
        (
            "count, * → bank = bank.sum(axis=0, keepdims=True)\n    count, *",
            "one for each kernel",
        ),
        ("(bank → (bank[:, ::-1, ::-1]", "expected 4321, yours is 1234"),
        ("(bank → (bank.swapaxes(1, 2)", "weight by weight"),
        ("count, -1) → -1, count).T", "look at: how a kernel becomes a row"),
        (
            "return → return np.resize( & width)\n → width), (count, *image.shape))\n",
            "look at: the last step",
        ),
        (
            "columns = → kernel_size = kernel_size[::-1]\n"
            "    if np.less(image.shape, kernel_size).any():\n"
            "        return np.zeros((count, 0, 0))\n"
            "    columns =",
            "look at: the size of the kernels",
        ),
        ("(image → (1.0 * image", "should be whole numbers"),
    ],
    "check_shift_error": [
        (
            "return → return (after - np.roll(before, shift, 0)).sum() #",
            "expected 3, yours is 5",
        ),
        ("return → return (after - np.roll(before, shift, 1)).sum() #", LARGEST),
        ("return → return abs(after - np.roll(before, shift, 0)).max() #", MOVED),
        ("return → return abs(after - np.roll(before, shift, 1)).max() #", MOVED),
        ("np.abs → ", "differences below zero"),
        ("max() → sum()", "the largest"),
        ("max() → mean()", LARGEST),
        ("np.abs( → int(np.abs( & max() → max())", "should be floating-point numbers"),
        (
            "before[:, → np.pad(before[:, & partners] → partners], "
            "((0, 0), (shift, 0)))"
            " & [:, shift:] → ",
            "look at: the border",
        ),
        (
            "after[:, shift:] → after[:, :partners]"
            " & before[:, :partners] → before[:, shift:]",
            MOVED,
        ),
        ("partners = → shift = 0\n    partners =", MOVED),
        ("partners = → shift = 1\n    partners =", "it may be larger than 1"),
        (
            "partners = → before, after = before.T, after.T\n    partners ="
            " & .max() → .max(initial=0)",
            "expected 3, yours is 0",
        ),
        ("return → return 0.0 #", "expected 3, yours is 0"),
    ],
    "check_conv2d_backward": [
        ("return → return grad_kernel, grad_image #", "which gradient comes first"),
        ("grad_kernel\n → grad_kernel[::-1, ::-1]\n", "which pixels a weight meets"),
        (
            "grad_kernel = → grad_output = 0 * grad_output + 1\n    grad_kernel =",
            "expected 15, yours is 3",
        ),
        ("grad_kernel\n → grad_kernel / grad_output.size\n", "321, yours is 107"),
        ("[::-1, ::-1] → ", "grad_image of conv2d_backward"),
        (
            "= kernel[ → = np.resize(kernel.T, kernel.shape)[",
            "expected 10, yours is 100",
        ),
        ('"full" → "same"', "expected shape"),
        (
            "return → grad_image[:] = 0\n"
            "    for i, j in np.ndindex(*grad_output.shape):\n"
            "        rows, columns = np.add(kernel.shape, [i, j])\n"
            "        grad_image[i:rows, j:columns] = kernel * grad_output[i, j]\n"
            "    return",
            "through which weights a pixel reaches",
        ),
        ("return → return grad_kernel #", PAIR),
        ("return → return grad_image #", PAIR),
        ("grad_kernel\n → np.pad(grad_kernel, 1)\n", "look at: the shape: a gradient"),
        ("return → #", "returned None: does it end with a return?"),
    ],
}

ACCEPTED = {
    # Zeros of either kind: a sum or a maximum may begin with a whole one.
    "check_cosine_map": ["output\n → output if output.any() else output.astype(int)\n"],
    "check_shift_error": ["max() → max() or 0"],
    "check_toeplitz_1d": [
        "matrix\n → np.array([np.roll(matrix[0], row) for row in range(rows)])\n"
    ],
    "check_conv2d_backward": [
        """
def conv2d_backward(image, kernel, grad_output):
    inputs = [torch.tensor(a)[None, None].requires_grad_() for a in (image, kernel)]
    F.conv2d(*inputs).backward(torch.tensor(grad_output)[None, None])
    return [tensor.grad[0, 0] for tensor in inputs]
# PyTorch imports more when `backward` first gets a gradient: no check should wait.
torch.zeros(1, requires_grad=True).backward(torch.zeros(1))
"""
    ],
}

PRODUCT = "return (bank.reshape(count, {}) @ columns).reshape(count, height, width)"
REST = "any number below 0 means the rest"

EQUIVALENT = {
    "check_conv2d_by_matmul": {f"{PRODUCT.format(-1)} → {PRODUCT.format(-2)}": REST}
}
