"""Mistakes that learners make in *Channels and batches*, and what its checks say."""

MISTAKES = {
    "check_channel_cell": [
        ("19", "the bias"),
        ("49", "once, not once per channel"),
        ("24", "all three count"),
        ("15", "all three count"),
        ("13", "another cell"),
        ("21", "where counting starts"),
        ("16 + 1 / 3", "they are added"),
        ("[14, 1, 4]", "these are the three channels"),
        ("1000", "the framed pixels"),
        ("'29'", "should be one number, got str '29'"),
        ("True", "should be one number"),
        ("float('nan')", "the framed pixels"),
    ],
    "check_conv2d_batch": [
        (
            "output\n → np.repeat(output, images.shape[1], axis=1)\n",
            "expected shape (1, 1, 1, 1), yours has shape (1, 2",
        ),
        (".sum() → .sum() // images.shape[1]", "what becomes of their sums"),
        (
            "[n, : → [n, :1 & [f] → [f, :1]",
            "at [0, 0, 0, 0] expected 21, yours is 1",
        ),
        (
            "[n, : → [n, -1: & [f] → [f, -1:]",
            "at [0, 0, 0, 0] expected 21, yours is 20",
        ),
        ("[f] → [f, :1]", "expected 21, yours is 3"),
        ("[f] → ", "one for each kernel, in their order"),
        (
            "weight[f] → (weight[:, f] if kernels == weight.shape[1] else weight[f])",
            "the order of the axes",
        ),
        (
            "output\n → output.swapaxes(0, 1)\n",
            "expected shape (1, 2, 1, 1), yours has",
        ),
        ("images[n → images[0", "each image by itself"),
        ("output\n → output[:1]\n", "expected shape (2, 1, 1, 1), yours has"),
        ("bias is not None → False", "expected 15, yours is 5"),
        ("bias.reshape → (images.shape[1] * bias).reshape", "how often it is added"),
        (
            "bias.reshape(-1, 1, 1) → np.resize(bias, output.shape[3])",
            "one number for a whole output plane",
        ),
        (
            "bias.reshape(-1, 1, 1) → np.resize(bias, (output.shape[2], 1))",
            "one number for a whole output plane",
        ),
        ("[f] → [f, :, ::-1, ::-1]", "which weight meets which pixel"),
        ("width - columns → height - rows", "how many windows fit"),
        ("np.result_type(images, weight) → float", "should be whole numbers"),
        (
            "np.result_type(images, weight) → int & output\n → output.astype(int)\n",
            "what becomes of decimals",
        ),
        ("np.result_type(images, weight) → int", "what becomes of decimals"),
        ("np.result_type(images, weight) → images.dtype", "what becomes of decimals"),
        ("np.result_type(images, weight) → weight.dtype", "what becomes of decimals"),
        (
            "np.result_type(images, weight) → "
            "images.dtype if weight.dtype == int else float",
            "stored as bytes",
        ),
        ("return output → ", "returned None: does it end with a return?"),
    ],
    "check_count_both_ways": [
        (
            "shared = out_channels * channels → shared = out_channels",
            "a plane for each",
        ),
        ("channels, height, width → height, width, channels", "first in input_shape"),
        ("shared = out_channels * → shared =", "each gives a plane of its own"),
        ("shared + out_channels → shared + 1", "one for each kernel"),
        ("shared + out_channels → shared + out_channels * channels", "for each kernel"),
        ("dense + units → dense + out_channels", "one for each unit"),
        ("if bias: → if True:", "expected 1, yours is 2"),
        ("if bias: → if False:", "expected 2, yours is 1"),
        ("else kernel_size → else kernel_size[:1] * 2", "a kernel that is not square"),
        (
            "(height, rows) → (height, columns) & (width, columns) → (width, rows)",
            "rows first, then columns",
        ),
        ("cells = → cells = height * width #", "how often it fits"),
        ("units = out_channels * → units =", "each gives a plane of its own"),
        ("cells = → width = height\n    cells =", "at [1] expected 4, yours is 16"),
        ("return shared, dense → return dense, shared", "second in the pair"),
        ("units * channels * height * width → units", "a weight for each input"),
        (
            "units * channels * height * width → units * channels * rows * columns",
            "a weight for each input",
        ),
        ("return shared, dense → return shared", "shape (2,), yours has one number"),
        ("bias=True → bias=False", "they are there unless told otherwise"),
    ],
    "check_conv1x1": [
        (
            "= weight → = np.resize(weight.T, weight.shape)",
            "a row of the weight for each output plane",
        ),
        (
            "width)\n → width).transpose(0, 2, 3, 1)\n",
            "expected shape (1, 2, 1, 1), yours has shape (1, 1, 1, 2)",
        ),
        ("width)\n → width).swapaxes(0, 1)\n", "yours has shape (2, 1"),
        (
            "return → return images * weight[0][:, None, None] #",
            "expected shape (1, 1, 1, 1), yours has shape (1, 2",
        ),
        (
            "mixed = → mixed = images.reshape(-1, channels) @ weight.T #",
            "every pixel stays where it is",
        ),
        (
            "mixed = → weight = weight[:1]\n    mixed =",
            "expected shape (1, 2, 1, 1), yours has",
        ),
        ("width)\n → width)[:1]\n", "expected shape (2, 2, 1, 1), yours has"),
        ("width)\n → width)[..., ::-1, ::-1]\n", "every pixel stays where it is"),
        ("width)\n → width).astype(float)\n", "should be whole numbers"),
        ("width)\n → width).astype(int)\n", "what becomes of decimals"),
        ("width)\n → width).astype(images.dtype)\n", "what becomes of decimals"),
        ("width)\n → width).astype(weight.dtype)\n", "what becomes of decimals"),
        (
            "return → mixed = mixed.astype(images.dtype if mixed.dtype.kind == 'i' else"
            " float)\n    return",
            "stored as bytes",
        ),
    ],
    "check_repaired_layer": [
        ("layer_from_notes", "in the example there are two"),
        ("image, kernel, → image[:2], kernel[:2],", "in the example there are two"),
        ("in images → in images[:1]", "in the example it holds one image"),
        (
            "bias.reshape(-1, 1, 1) → np.resize(bias, np.shape(output)[3])",
            "as many as output columns",
        ),
        (" + bias.reshape(-1, 1, 1) → ", "in the example they are zero"),
        (
            "bias.reshape → np.resize(bias[:2], len(bias)).reshape",
            "the biases: how many",
        ),
        ("image, kernel, → image[:3], kernel[:3],", "there may be any number"),
        (
            "in weight → in weight[:, :, ::-1, ::-1]",
            "which was right before the repair",
        ),
    ],
}

ACCEPTED = {
    "check_channel_cell": ["29.0"],
    "check_conv1x1": [
        "return → return np.einsum('fc, nchw -> nfhw', weight, images) #"
    ],
    "check_repaired_layer": [
        "return → return convolution.conv2d(images, weight, bias) #"
    ],
}

OUTPUT = "output = np.{}(shape, dtype=np.result_type(images, weight))"
BIAS = "output = output + bias.reshape({}, 1, 1)"
MIXED = "mixed = weight @ images.reshape(count, channels, {})"
RETURN = "return np.array(output) + bias.reshape({}, 1, 1)"
PAIRS = "pairs = zip(image, kernel, strict=True) → pairs = zip(image, kernel"
REST = "any number below 0 means the rest"

EQUIVALENT = {
    "check_conv2d_batch": {
        f"{OUTPUT.format('zeros')} → {OUTPUT.format('ones')}": "all is written over",
        f"{BIAS.format(-1)} → {BIAS.format(-2)}": REST,
    },
    "check_conv1x1": {f"{MIXED.format(-1)} → {MIXED.format(-2)}": REST},
    "check_repaired_layer": {
        f"{RETURN.format(-1)} → {RETURN.format(-2)}": REST,
        f"{PAIRS})": "there are as many planes as channels",
        f"{PAIRS}, strict=False)": "there are as many planes as channels",
    },
}
