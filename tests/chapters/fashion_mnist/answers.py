"""Mistakes that learners make in *FashionMNIST*, and what its checks must say."""

MISTAKES = {
    "check_flatten_size": [
        ("512", "the padding, which makes the maps larger, and both sides of a map"),
        ("128 * 3 * 3", "on both sides, in all three convolutions"),
        ("4 * 4", "the channels"),
        ("4", "all cells of all maps"),
        ("128", "it has rows and columns"),
        ("128 * 8", "one times the other"),
        ("128 * 5 * 5", "the rounding"),
        ("128 * 4.375**2", "the rounding"),
        ("128 * 28 * 28", "the stride"),
        ("128 * 22 * 22", "the stride"),
        ("128 * 14 * 14", "the number of convolutions"),
        ("128 * 7 * 7", "the number of convolutions"),
        ("784", "not the image itself"),
        ("2047", "the side of a map after each"),
        ("(128, 4, 4)", "should be one number, got tuple (128, 4, 4)"),
    ],
    "check_mean_loss": [
        (
            " * size →  & sum(batch_sizes) → len(batch_sizes)",
            "expected 2, yours is 2.5\nlook at: the sizes",
        ),
        (" * size →  & / sum(batch_sizes) → ", "they count the same"),
        ("/ sum(batch_sizes) → ", "expected 0.5, yours is 2\nlook at: a single batch"),
        (
            "sum(batch_sizes) → len(batch_sizes)",
            "expected 0.5, yours is 2\nlook at: a single batch",
        ),
        (
            "sum(batch_sizes) → (max(batch_sizes) * len(batch_sizes))",
            "look at: the sizes",
        ),
        ("batch_sizes → range(1, len(batch_losses) + 1)", "they count the same"),
        ("total / → total //", "expected 0.5, yours is 0"),
        (
            "total = → whole = batch_sizes == batch_sizes[0]\n    batch_losses, "
            "batch_sizes = batch_losses[whole], batch_sizes[whole]\n    total =",
            "expected 2, yours is 1\nlook at: the sizes",
        ),
        (
            "return total → return batch_losses * batch_sizes",
            "expected one number, yours has shape (1,)",
        ),
        (
            "total = → batch_losses *= batch_sizes\n    total =",
            "changed the batch_losses it was given",
        ),
    ],
    "check_confusion_matrix": [
        ("[target, predicted] → [predicted, target]", "look at: rows and columns"),
        (
            "counts = np → num_classes = max(*y_true, *y_pred) + 1\n    counts = np",
            "expected shape (3, 3), yours has shape (2, 2)",
        ),
        ("num_classes → max(y_true) + 1", "look at: classes that never occur"),
        ("num_classes → len(set(y_true))", "look at: classes that never occur"),
        (
            "return counts → classes = np.union1d(y_true, y_pred)\n"
            "    return counts[np.ix_(classes, classes)]",
            "they keep their row and column",
        ),
        (
            "return counts → rows = counts.sum(axis=1, keepdims=True)\n"
            "    return counts / np.maximum(rows, 1)",
            "expected 2, yours is 1\nlook at: what each image adds",
        ),
        (
            "return counts → return counts / len(y_true)",
            "expected 1, yours is 0.3333333; 2 of 4 cells are wrong",
        ),
        ("+= 1 → += target != predicted", "look at: what each image adds"),
        ("+= 1 → += target == predicted", "look at: predictions that are wrong"),
        ("+= 1 → = 1", "also if its pair was there before"),
        ("return counts → return counts > 0", "expected 2, yours is True"),
        (", dtype=int → ", "should be whole numbers; yours are floating-point"),
        (
            "return counts → y_true[:] = 0\n    return counts",
            "changed the y_true it was given",
        ),
        (
            "return counts → counts = np.bincount(num_classes * y_true + y_pred)\n"
            "    return counts.reshape(num_classes, num_classes)",
            "into shape (3,3)\nlook at: classes that never occur",
        ),
    ],
    "check_accuracy": [
        ("model.eval() → pass", "look at: dropout, which must be off"),
        ("with torch.no_grad() → if True", "gradients were recorded"),
        (
            "with torch.no_grad() → if True & model(images) → model(images).detach()",
            "accuracy(model=plain in eval mode, loader=batches of 4): gradients were",
        ),
        (
            "with torch.no_grad() → torch.set_grad_enabled(False)\n    if True",
            "gradients stay switched off afterwards",
        ),
        (
            "for images, targets in loader: → for images, _ in loader:\n"
            "            targets = loader.targets[samples : samples + len(images)]",
            "look at: where the targets come from",
        ),
        (
            "sum() → float().mean() & len(targets) → 1",
            "expected 0.8, yours is 0.6666667\nlook at: the last batch",
        ),
        (
            "correct / samples → correct / (len(loader) * loader.batch_size)",
            "look at: the last batch",
        ),
        (
            "+= len(targets) → += len(targets)\n            break",
            "look at: images of all batches",
        ),
        (
            "model.train(was_training) → ",
            "the model came in train mode, and was not left in it",
        ),
        (
            "model.train(was_training) → model.train()",
            "the model came in eval mode, and was not left in it",
        ),
        (
            "+= len(targets) → += len(targets)\n        model.train()(images)",
            "BatchNorm in train mode, loader=batches of 6, 6, 6, 2): changed the model",
        ),
        (
            "images, targets in loader"
            " → (images, _), (_, targets) in zip(loader, loader)",
            "loader=shuffled batches of 5, 5, 2): expected 1",
        ),
        (
            "with torch → next(iter(loader))\n    with torch",
            "went through the loader 2 times",
        ),
        ("return → return 100 *", "expected 0.75, yours is 75"),
        ("correct / samples → correct", "expected 0.75, yours is 3"),
        (
            "correct / samples → [model(images).argmax(dim=1) for images, _ in loader]",
            "expected one number, yours has shape",
        ),
        (
            "correct / samples → correct / len(loader.dataset)",
            "the loader has no dataset: it yields batches of images and targets",
        ),
        (
            "was_training = → accuracy.calls = getattr(accuracy, 'calls', 0) + 1\n"
            "    assert accuracy.calls < 14\n    was_training =",
            "it failed when it was called again",
        ),
    ],
}

ACCEPTED = {
    "check_flatten_size": ["2048.0"],
    "check_mean_loss": ["lambda means, sizes: np.average(means, weights=sizes)"],
    "check_confusion_matrix": [
        "lambda y_true, y_pred, n: confusion_matrix(y_true, y_pred, num_classes=n)"
    ],
    "check_accuracy": ["lambda model, loader: evaluate(model, loader).accuracy"],
}
