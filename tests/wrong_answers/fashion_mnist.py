"""Right and wrong answers to the exercises of notebook 07.

Each wrong answer is a mistake that learners make, with words that the verdict must say.
"""

import numpy as np
import torch

from course_utils.checks.fashion_mnist import (
    check_accuracy,
    check_confusion_matrix,
    check_flatten_size,
    check_mean_loss,
)

# The mean loss


def mean_loss(batch_losses, batch_sizes):
    total = sum(loss * size for loss, size in zip(batch_losses, batch_sizes))
    return total / sum(batch_sizes)


def mean_of_means(batch_losses, batch_sizes):
    return sum(batch_losses) / len(batch_losses)


def sum_of_means(batch_losses, batch_sizes):
    return sum(batch_losses)


def sum_of_losses(batch_losses, batch_sizes):
    return (batch_losses * batch_sizes).sum()


def divided_by_batches(batch_losses, batch_sizes):
    return np.mean(batch_losses * batch_sizes)


def divided_by_the_largest_batch(batch_losses, batch_sizes):
    return np.mean(batch_losses * batch_sizes) / max(batch_sizes)


def weighted_by_index(batch_losses, batch_sizes):
    return np.average(batch_losses, weights=range(1, len(batch_losses) + 1))


def divided_without_decimals(batch_losses, batch_sizes):
    return sum(batch_losses * batch_sizes) // sum(batch_sizes)


def last_batch_left_out(batch_losses, batch_sizes):
    whole = batch_sizes == batch_sizes[0]
    return mean_loss(batch_losses[whole], batch_sizes[whole])


def losses_of_images(batch_losses, batch_sizes):
    return batch_losses * batch_sizes / batch_sizes.sum()


def losses_scaled_in_place(batch_losses, batch_sizes):
    batch_losses *= batch_sizes
    return batch_losses.sum() / batch_sizes.sum()


# The confusion matrix


def count_confusions(y_true, y_pred, num_classes):
    counts = np.zeros((num_classes, num_classes), dtype=int)
    for target, predicted in zip(y_true, y_pred):
        counts[target, predicted] += 1
    return counts


def transposed(y_true, y_pred, num_classes):
    return count_confusions(y_pred, y_true, num_classes)


def as_large_as_the_largest_class(y_true, y_pred, num_classes):
    return count_confusions(y_true, y_pred, max(*y_true, *y_pred) + 1)


def as_large_as_the_largest_target(y_true, y_pred, num_classes):
    size = max(y_true) + 1
    counts = np.zeros((size, size), dtype=int)
    for target, predicted in zip(y_true, y_pred):
        counts[target, predicted] += 1
    return counts


def as_many_as_there_are_targets(y_true, y_pred, num_classes):
    size = len(set(y_true))
    counts = np.zeros((size, size), dtype=int)
    for target, predicted in zip(y_true, y_pred):
        counts[target, predicted] += 1
    return counts


def only_classes_that_occur(y_true, y_pred, num_classes):
    classes = np.union1d(y_true, y_pred)
    return count_confusions(y_true, y_pred, num_classes)[np.ix_(classes, classes)]


def fractions_of_rows(y_true, y_pred, num_classes):
    counts = count_confusions(y_true, y_pred, num_classes)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def fractions_of_all(y_true, y_pred, num_classes):
    return count_confusions(y_true, y_pred, num_classes) / len(y_true)


def only_mistakes(y_true, y_pred, num_classes):
    wrong = y_true != y_pred
    return count_confusions(y_true[wrong], y_pred[wrong], num_classes)


def only_the_diagonal(y_true, y_pred, num_classes):
    counts = count_confusions(y_true, y_pred, num_classes)
    return np.diag(np.diag(counts))


def only_once_a_pair(y_true, y_pred, num_classes):
    counts = np.zeros((num_classes, num_classes), dtype=int)
    counts[y_true, y_pred] += 1
    return counts


def truth_values(y_true, y_pred, num_classes):
    return count_confusions(y_true, y_pred, num_classes) > 0


def zeros_without_dtype(y_true, y_pred, num_classes):
    return 1.0 * count_confusions(y_true, y_pred, num_classes)


def targets_sorted_in_place(y_true, y_pred, num_classes):
    counts = count_confusions(y_true, y_pred, num_classes)
    y_true[:] = 0
    return counts


# Accuracy


def accuracy(model, loader):
    was_training = model.training
    model.eval()
    correct, samples = 0, 0
    with torch.no_grad():
        for images, targets in loader:
            correct += (model(images).argmax(dim=1) == targets).sum().item()
            samples += len(targets)
    model.train(was_training)
    return correct / samples


@torch.no_grad()
def without_eval(model, loader):
    batches = [(model(images).argmax(dim=1), targets) for images, targets in loader]
    predicted, targets = (torch.cat(column) for column in zip(*batches, strict=True))
    return (predicted == targets).float().mean().item()


def in_eval_mode(measure):
    """Repair the first mistake of the notes, and leave the others."""

    def repaired(model, loader):
        was_training = model.training
        model.eval()
        result = measure(model, loader)
        model.train(was_training)
        return result

    return repaired


gradients_recorded = in_eval_mode(without_eval.__wrapped__)


@in_eval_mode
@torch.no_grad()
def mean_of_batches(model, loader):
    parts = [(model(x).argmax(1) == y).float().mean().item() for x, y in loader]
    return sum(parts) / len(parts)


@in_eval_mode
@torch.no_grad()
def targets_of_the_data_set(model, loader):
    predicted = torch.cat([model(images).argmax(dim=1) for images, _ in loader])
    return (predicted == loader.targets).float().mean().item()


@in_eval_mode
@torch.no_grad()
def two_passes(model, loader):
    predicted = torch.cat([model(images).argmax(dim=1) for images, _ in loader])
    targets = torch.cat([targets for _, targets in loader])
    return (predicted == targets).float().mean().item()


@in_eval_mode
@torch.no_grad()
def peeks_first(model, loader):
    next(iter(loader))
    return without_eval(model, loader)


@in_eval_mode
@torch.no_grad()
def last_batch_taken_for_full(model, loader):
    correct = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return correct / (len(loader) * loader.batch_size)


@in_eval_mode
@torch.no_grad()
def first_batch_only(model, loader):
    images, targets = next(iter(loader))
    return (model(images).argmax(dim=1) == targets).float().mean().item()


def left_in_eval_mode(model, loader):
    model.eval()
    return without_eval(model, loader)


def left_in_train_mode(model, loader):
    model.eval()
    result = without_eval(model, loader)
    model.train()
    return result


def detached_afterwards(model, loader):
    was_training = model.training
    model.eval()
    batches = [
        (model(images).detach().argmax(dim=1) == targets) for images, targets in loader
    ]
    model.train(was_training)
    return torch.cat(batches).float().mean().item()


def gradients_left_off(model, loader):
    torch.set_grad_enabled(False)
    return accuracy(model, loader)


@in_eval_mode
@torch.no_grad()
def looked_again_in_train_mode(model, loader):
    result = without_eval(model, loader)
    model.train()(torch.zeros(2, 1, 1, 3))
    return result


def percentage(model, loader):
    return 100 * accuracy(model, loader)


def number_of_right_images(model, loader):
    return round(accuracy(model, loader) * len(loader.targets))


def largest_logits(model, loader):
    with torch.no_grad():
        return [model.eval()(images).argmax(dim=1) for images, _ in loader]


RIGHT = {
    check_flatten_size: 2048,
    check_mean_loss: mean_loss,
    check_confusion_matrix: count_confusions,
    check_accuracy: accuracy,
}

WRONG = {
    check_flatten_size: [
        (512, "the padding, which makes the maps larger, and both sides of a map"),
        (128 * 3 * 3, "on both sides, in all three convolutions"),
        (4 * 4, "the channels"),
        (4, "all cells of all maps"),
        (128, "it has rows and columns"),
        (128 * 8, "one times the other"),
        (128 * 5 * 5, "the rounding"),
        (128 * 4.375**2, "the rounding"),
        (128 * 28 * 28, "the stride"),
        (128 * 22 * 22, "the stride"),
        (128 * 14 * 14, "the number of convolutions"),
        (128 * 7 * 7, "the number of convolutions"),
        (784, "not the image itself"),
        (2047, "the side of a map after each"),
        ((128, 4, 4), "should be one number, got tuple (128, 4, 4)"),
    ],
    check_mean_loss: [
        (mean_of_means, "expected 2, yours is 2.5\nlook at: the sizes"),
        (sum_of_means, "they count the same"),
        (sum_of_losses, "expected 0.5, yours is 2\nlook at: a single batch"),
        (divided_by_batches, "expected 0.5, yours is 2\nlook at: a single batch"),
        (divided_by_the_largest_batch, "look at: the sizes"),
        (weighted_by_index, "they count the same"),
        (divided_without_decimals, "expected 0.5, yours is 0"),
        (last_batch_left_out, "expected 2, yours is 1\nlook at: the sizes"),
        (losses_of_images, "expected one number, yours has shape (1,)"),
        (losses_scaled_in_place, "changed the batch_losses it was given"),
    ],
    check_confusion_matrix: [
        (transposed, "look at: rows and columns"),
        (
            as_large_as_the_largest_class,
            "expected shape (3, 3), yours has shape (2, 2)",
        ),
        (as_large_as_the_largest_target, "look at: classes that never occur"),
        (as_many_as_there_are_targets, "look at: classes that never occur"),
        (only_classes_that_occur, "they keep their row and column"),
        (fractions_of_rows, "expected 2, yours is 1\nlook at: what each image adds"),
        (fractions_of_all, "expected 1, yours is 0.3333333; 2 of 4 cells are wrong"),
        (only_mistakes, "look at: what each image adds"),
        (only_the_diagonal, "look at: predictions that are wrong"),
        (only_once_a_pair, "also if its pair was there before"),
        (truth_values, "expected 2, yours is True"),
        (zeros_without_dtype, "should be whole numbers; yours are floating-point"),
        (targets_sorted_in_place, "changed the y_true it was given"),
    ],
    check_accuracy: [
        (without_eval, "look at: dropout, which must be off"),
        (gradients_recorded, "gradients were recorded"),
        (detached_afterwards, "gradients were recorded"),
        (gradients_left_off, "gradients stay switched off afterwards"),
        (targets_of_the_data_set, "look at: where the targets come from"),
        (mean_of_batches, "expected 0.8, yours is 0.6666667\nlook at: the last batch"),
        (last_batch_taken_for_full, "look at: the last batch"),
        (first_batch_only, "look at: images of all batches"),
        (left_in_eval_mode, "the model came in train mode, and was not left in it"),
        (left_in_train_mode, "the model came in eval mode, and was not left in it"),
        (looked_again_in_train_mode, "changed the model's layer.running_mean"),
        (two_passes, "look at: where the targets come from"),
        (peeks_first, "went through the loader 2 times"),
        (percentage, "expected 0.75, yours is 75"),
        (number_of_right_images, "expected 0.75, yours is 3"),
        (largest_logits, "expected one number, yours has shape"),
    ],
}
