"""Mistakes that learners make in *Convolution by hand*, and what its checks say."""

MISTAKES = {
    "check_output_cell": [
        ("9", "without turning it around"),
        ("60", "rows come first"),
        ("29", "where counting starts"),
        ("43", "another cell"),
        ("31", "the sum of the pixels alone"),
        ("71", "the signs"),
        ("69", "its rows lie along"),
        ("1000", "the framed pixels"),
        ("[0, 1, -10, 60]", "the four products"),
        ("'51'", "should be one number, got str '51'"),
        ("[51]", "should be one number"),
        ("True", "should be one number"),
        ("float('nan')", "the framed pixels"),
    ],
    "check_pseudocode": [
        ("'FCAGHBED'", "at [0, 1] expected 32, yours is 53"),
        ("'FCGADHBE'", "expected 4321, yours is 0\nlook at: what stands above what"),
        ("'FCGHABED'", "expected 4321, yours is 4300"),
        ("'FCGHBAED'", "expected 4321, yours is 4000"),
        ("'AFCGHBED'", "yours is 53\nlook at: how often each line runs"),
        ("'CFGAHBED'", "yours is 0"),
        ("'FHBACGED'", "yours is"),
        ("'FCGAHBDE'", "the loop of line B has nothing in it"),
        ("'FCGADEHB'", "the loop of line B has nothing in it"),
        ("'CGAHBEDF'", "line D uses output"),
        (
            "'FCGHBEDA'",
            "line E uses total, which no line above it has made\n"
            "look at: what stands above what",
        ),
        ("'FEACGHBD'", "the loop of line B has nothing in it"),
        ("'FCGAHBE'", "missing: line D"),
        ("'FCGAHBEDD'", "more than once: line D"),
        ("'FCGAHBEDX'", "there is no line X"),
        ("['F', 'C']", "letters in quotes"),
        ("''", "missing: line A, B"),
    ],
    "check_conv2d_valid": [
        (" + 1 → ", "expected shape (1, 1), yours has shape (0, 0)"),
        (" + 1 → ", "look at: how many windows fit"),
        ("columns + 1 → columns", "expected shape (1, 1), yours has shape (1, 0)"),
        ("output\n → output.T\n", "expected shape (1, 2), yours has shape (2, 1)"),
        ("* kernel → * kernel[::-1, ::-1]", "which weight meets which pixel"),
        (
            "* kernel → * np.resize(kernel.T, kernel.shape)",
            "expected 4321, yours is 4231",
        ),
        ("(shape, dtype → (image.shape, dtype", "yours has shape (2, 2)"),
        ("(shape, dtype → (image.shape, dtype", "look at: how many windows fit"),
        ("width - columns → height - rows", "look at: how many windows fit"),
        (
            "np.result_type(image, kernel) → float",
            "should be whole numbers; yours are floating-point numbers",
        ),
        ("np.result_type(image, kernel) → int", "what becomes of decimals"),
        (
            "np.result_type(image, kernel) → image.dtype",
            "expected 1.25, yours is 1\nlook at: what becomes of decimals",
        ),
        ("np.result_type(image, kernel) → kernel.dtype", "what becomes of decimals"),
        (
            "output\n → output.cumsum().reshape(shape)\n",
            "at [0, 1] expected 32, yours is 53",
        ),
        ("output\n → output.cumsum().reshape(shape)\n", "its sum is new"),
        (
            "+ columns] → + (columns if rows > 1 else 1)]",
            "look at: each window: as large as the kernel",
        ),
        ("(rows, columns) → (columns, rows)", "look at: how many windows fit"),
        ("output\n → image[:rows, :columns] * kernel\n", "yours has shape (2, 2)"),
        ("return output → ", "returned None: does it end with a return?"),
        ("output\n → output[0, 0]\n", "expected shape (1, 1), yours has one number"),
        ("[[1]]", "conv2d_valid should be a function, got list [[1]]"),
    ],
    "check_conv_output_size": [
        ("return → return input_size - kernel_size #", "expected 3, yours is 2"),
        (" // stride → ", "the step from one window to the next"),
        ("// → /", "should be whole numbers; yours are floating-point numbers"),
        ("room // stride → -(-room // stride)", "do not come out even"),
        ("room // stride → round(room / stride)", "do not come out even"),
        ("2 * padding → padding", "on each side"),
        ("window = → window = kernel_size #", "span"),
        ("(kernel_size - 1) + 1 → kernel_size", "span"),
        (") + 1 → )", "expected 3, yours is 4"),
        ("room < 0 → False", "expected a ValueError, yours returned int 0"),
        ("stride=1 → stride=2", "kernel_size=2): expected 3, yours is 2"),
        ("padding=0 → padding=1", "kernel_size=2): expected 3, yours is 5"),
        ("dilation=1 → dilation=2", "kernel_size=2): expected 3, yours is 2"),
    ],
    "check_conv2d_modes": [
        ("[mode] → ['valid']", "mode='same'"),
        ("[mode] → ['valid']", "look at: the size of the output in this mode"),
        ("* kernel → * kernel[::-1, ::-1]", "which weight meets which pixel"),
        (
            "* kernel → * np.resize(kernel.T, kernel.shape)",
            "which weight meets which pixel",
        ),
        ("j + kernel.shape[1] → j + kernel.shape[0]", "look at: rows and columns"),
        ("(before, after) → (after, before)", "on which side"),
        ("(k - 1) // 2 → k // 2", "expected shape (1, 3), yours has"),
        ("(k - 1) // 2 → k // 2", "the size of the output in this mode"),
        ("(k - 1) // 2 → k - 1 & k // 2 → 0", "the zeros around the image"),
        ("output\n → output[:-1, :-1] if mode == 'full' else output\n", "mode='full'"),
        (
            "* kernel → * (kernel[::-1, ::-1] if mode == 'full' else kernel)",
            "mode='full'",
        ),
        ("margins) → margins, mode='edge')", "the zeros around the image"),
        ("np.result_type(image, kernel) → image.dtype", "what becomes of decimals"),
    ],
    "check_conv2d": [
        ("stride → 1", "how far the window moves"),
        ("padding → 0", "on all four sides"),
        ("dilation → 1", "gaps"),
        (
            "- rows) // stride → - rows) & i * stride → i",
            "expected shape (2, 1), yours has shape (3, 1)",
        ),
        ("i * stride, j * stride → i, j", "at [0, 1] expected 15, yours is 10"),
        (
            "padding) → ((padding, 0), (padding, 0)))",
            "expected shape (3, 3), yours has shape (2, 2)",
        ),
        ("padding) → padding, constant_values=1)", "on all four sides"),
        ("::dilation, ::dilation → : len(kernel), : kernel.shape[1]", "gaps"),
        ("* kernel → * kernel[::-1, ::-1]", "which weight meets which pixel"),
        ("stride + 1 → stride", "how many windows fit"),
        ("left + columns → left + rows", "look at: rows and columns"),
        ("rows, columns = → columns, rows =", "look at: how many windows fit"),
        ("[::dilation, → [::stride, & ::dilation] → ::stride]", "what stride changes"),
        ("np.result_type(image, kernel) → image.dtype", "what becomes of decimals"),
    ],
    "check_repaired": [
        ("conv2d_from_notes", "stays the same when transposed"),
        ("shape[1] - columns → shape[0] - rows", "it is square"),
        ("np.result_type(image, kernel) → int", "whole numbers"),
        ("np.result_type(image, kernel) → image.dtype", "whole numbers"),
        ("i + rows, j : j + columns → i + 2, j : j + 2", "it is 2 × 2"),
        ("rows, columns = kernel.shape → rows = columns = len(kernel)", "and square"),
        ("* kernel → * kernel[::-1, ::-1]", "which was right before the repair"),
    ],
}

ACCEPTED = {
    "check_output_cell": ["51.0", "np.array(51)"],
    "check_pseudocode": ["'F C G A H B E D'", "'f, g, c, a, b, h, e, d'"],
}

ANSWER = (
    "answer = 0 * 0 + 1 * 1 + -1 * 10 + 3 * 20 → answer = {} + 1 * 1 + -1 * 10 + 3 * 20"
)
OUTPUT = "output = np.zeros({0}, {1}) → output = np.ones({0}, {1})"
KIND = "dtype=np.result_type(image, kernel)"
REASON = "every cell is written over"

EQUIVALENT = {
    "check_output_cell": {
        ANSWER.format("0 + 0"): "the same number",
        ANSWER.format("1 * 0"): "the same number",
        ANSWER.format("0 * 1"): "the same number",
    },
    "check_conv2d_valid": {OUTPUT.format("shape", KIND): REASON},
    "check_conv2d_modes": {OUTPUT.format("shape", KIND): REASON},
    "check_conv2d": {OUTPUT.format("(height, width)", KIND): REASON},
    "check_repaired": {OUTPUT.format("shape", KIND): REASON},
}
