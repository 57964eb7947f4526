"""Answers to notebook 06's exercises: right ones, and bugs that learners write."""

import numpy as np
import torch
from torch import nn

from course_utils import training
from course_utils.checks.training_loop import (
    check_accuracy,
    check_evaluate,
    check_one_step,
    check_train_and_validate,
    check_train_one_epoch,
)
from course_utils.training import EpochResult, eval_mode

# Accuracy


def accuracy(batches):
    correct, samples = 0, 0
    for logits, targets in batches:
        correct += (logits.argmax(dim=1) == targets).sum().item()
        samples += len(targets)
    return correct / samples


def mean_of_batches(batches):
    parts = [(x.argmax(dim=1) == y).float().mean().item() for x, y in batches]
    return sum(parts) / len(parts)


def along_the_images(batches):
    parts = [(x.argmax(dim=0)[: len(y)] == y[: x.shape[1]]).sum() for x, y in batches]
    return float(sum(parts)) / sum(len(y) for _, y in batches)


def one_place_for_all(batches):
    right = sum((logits.argmax() == targets).sum() for logits, targets in batches)
    return float(right) / sum(len(targets) for _, targets in batches)


def logit_not_its_place(batches):
    right = sum((x.max(dim=1).values == targets).sum() for x, targets in batches)
    return float(right) / sum(len(targets) for _, targets in batches)


def smallest_logit(batches):
    return accuracy([(-logits, targets) for logits, targets in batches])


def percentage(batches):
    return 100 * accuracy(batches)


def count_only(batches):
    return sum((x.argmax(dim=1) == y).sum().item() for x, y in batches)


def over_number_of_batches(batches):
    return count_only(batches) / len(batches)


def last_batch_taken_for_full(batches):
    return count_only(batches) / (len(batches) * len(batches[0][1]))


def last_batch_only(batches):
    return accuracy(batches[-1:])


def positive_logits_only(batches):
    return accuracy([(logits.relu(), targets) for logits, targets in batches])


def list_of_accuracies(batches):
    return [accuracy([batch]) for batch in batches]


# The training loop


def result(total_loss, correct, samples):
    return EpochResult(float(total_loss) / samples, int(correct) / samples, samples)


def loop(
    *,
    train=True,
    zero="before",
    weigh=True,
    move="both",
    here=None,
    detach=True,
    passes=1,
    again=False,
    empty=ValueError,
    step=True,
    loss_of_zero=False,
    mean_accuracy=False,
    softmax=False,
):
    """A training loop with one thing changed."""

    def train_one_epoch(model, loader, *, optimizer, loss_fn, device):
        device = here or device
        if train:
            model.train()
        if zero == "once":
            optimizer.zero_grad()
        total_loss, correct, samples, batches = 0.0, 0, 0, 0
        for _ in range(passes):
            for images, targets in loader:
                if move == "lost":
                    images.to(device), targets.to(device)
                if move in ("both", "images"):
                    images = images.to(device)
                if move in ("both", "targets"):
                    targets = targets.to(device)
                if zero == "before":
                    optimizer.zero_grad()
                logits = model(images)
                if softmax:
                    logits = logits.softmax(dim=1)
                loss = loss_fn(logits, targets)
                loss.backward()
                if zero == "between":
                    optimizer.zero_grad(set_to_none=False)
                if step:
                    optimizer.step()
                if zero == "after":
                    optimizer.zero_grad()
                if again:
                    logits = model(images)
                size = len(targets) if weigh else 1
                total_loss += (loss.detach() if detach else loss) * size
                right = logits.argmax(dim=1) == targets
                correct += right.float().mean() if mean_accuracy else right.sum()
                samples += len(targets)
                batches += 1
        if samples == 0 and empty is not None:
            raise empty("no batch")
        count = samples if weigh else len(loader)
        loss = float(total_loss.detach()) / count if batches else 0.0
        hits = float(correct) / max(batches, 1)
        right = hits if mean_accuracy else int(correct) / max(samples, 1)
        return EpochResult(loss, right, samples)

    return train_one_epoch


def returns_nothing(model, loader, **options):
    training.train_one_epoch(model, loader, **options)


def returns_a_pair(model, loader, **options):
    epoch = training.train_one_epoch(model, loader, **options)
    return epoch.loss, epoch.accuracy


def returns_tensors(model, loader, **options):
    epoch = training.train_one_epoch(model, loader, **options)
    return EpochResult(torch.tensor(epoch.loss), epoch.accuracy, epoch.samples)


def steps_once_an_epoch(model, loader, *, optimizer, loss_fn, device):
    batches = [(x.to(device), y.to(device)) for x, y in loader]
    epoch = training.evaluate(model, batches, loss_fn=loss_fn, device=device)
    model.train()
    optimizer.zero_grad()
    for images, targets in batches:
        loss_fn(model(images), targets).backward()
    optimizer.step()
    return epoch


def own_loss_function(model, loader, *, optimizer, loss_fn, device):
    return training.train_one_epoch(
        model,
        loader,
        optimizer=optimizer,
        loss_fn=nn.functional.cross_entropy,
        device=device,
    )


def counts_batches_of_the_first_size(model, loader, **options):
    epoch = training.train_one_epoch(model, loader, **options)
    return EpochResult(epoch.loss, epoch.accuracy, 4 * (len(loader.sizes)))


# The measuring loop


def measuring(
    *,
    no_grad=True,
    mode="each",
    weigh=True,
    move="both",
    default_device=True,
    here=None,
    empty=ValueError,
    passes=1,
    zero_grad=False,
    own_loss=False,
    detach_only=False,
):
    """A measuring loop with one thing changed."""

    def evaluate(model, loader, *, loss_fn=None, device=None):
        if own_loss or loss_fn is None:
            loss_fn = nn.functional.cross_entropy
        if default_device:
            device = device or here or next(model.parameters()).device
        modes = [(part, part.training) for part in model.modules()]
        if mode != "none":
            model.eval()
        if zero_grad:
            model.zero_grad()
        total_loss, correct, samples, batches = 0.0, 0, 0, 0
        for _ in range(passes):
            for images, targets in loader:
                images = images.to(device) if move in ("both", "images") else images
                targets = targets.to(device) if move == "both" else targets
                if move == "lost":
                    images.to(device), targets.to(device)
                logits = model(images)
                loss = loss_fn(logits, targets).detach()
                total_loss += loss * (len(targets) if weigh else 1)
                correct += (logits.argmax(dim=1) == targets).sum()
                samples += len(targets)
                batches += 1
        if mode == "each":
            for part, was_training in modes:
                part.training = was_training
        if mode == "train":
            model.train()
        if mode == "whole":
            model.train(modes[0][1])
        if samples == 0:
            if empty is not None:
                raise empty("no batch")
            return EpochResult(0.0, 0.0, 0)
        loss = float(total_loss) / (samples if weigh else batches)
        return EpochResult(loss, int(correct) / samples, samples)

    return torch.no_grad()(evaluate) if no_grad else evaluate


def switches_gradients_off(model, loader, *, loss_fn=None, device=None):
    torch.set_grad_enabled(False)
    return training.evaluate(model, loader, loss_fn=loss_fn, device=device)


def keeps_on_training(model, loader, *, loss_fn=None, device=None):
    return training.train_one_epoch(
        model,
        loader,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.5),
        loss_fn=loss_fn or nn.functional.cross_entropy,
        device=device,
    )


@torch.no_grad()
def swallows_errors(model, loader, *, loss_fn=None, device=None):
    try:
        with eval_mode(model):
            batches = []
            for batch in loader:
                batches.append(batch)
    except OSError:
        pass
    return training.evaluate(model, batches, loss_fn=loss_fn, device=device)


# Training and validation

OTHERS = torch.Generator().manual_seed(5)
train_loader = [(torch.randn(4, 1, 1, 3, generator=OTHERS), torch.tensor([0, 1, 2, 0]))]
test_loader = train_loader
test_digits = [(torch.zeros(4, 1, 8, 8), torch.tensor([7, 8, 9, 0]))]


def train_and_validate(
    model, train_loader, val_loader, *, epochs, optimizer, loss_fn, device
):
    train_losses, val_losses = [], []
    for _ in range(epochs):
        train = training.train_one_epoch(
            model, train_loader, optimizer=optimizer, loss_fn=loss_fn, device=device
        )
        val = training.evaluate(model, val_loader, loss_fn=loss_fn, device=device)
        train_losses.append(train.loss)
        val_losses.append(val.loss)
    return train_losses, val_losses


def globals_used(model, X_train, X_val, **options):
    return train_and_validate(model, train_loader, test_loader, **options)


def validates_on_training_images(model, train_loader, val_loader, **options):
    return train_and_validate(model, train_loader, train_loader, **options)


def global_test_set(model, train_loader, val_loader, **options):
    return train_and_validate(model, train_loader, test_loader, **options)


def left_over_name(model, train_loader, val_loader, **options):
    return train_and_validate(model, train_loader, test_digits, **options)


def by_fit(precision):
    def run(model, train_loader, val_loader, **options):
        options["precision"] = precision
        history = training.fit(model, train_loader, val_loader, **options)
        return history.train_loss, history.val_loss

    return run


def on_the_fastest_device(model, train_loader, val_loader, **options):
    options["device"] = torch.device("cpu")
    return train_and_validate(model, train_loader, val_loader, **options)


def trains_on_both(
    model, train_loader, val_loader, *, epochs, optimizer, loss_fn, device
):
    options = {"optimizer": optimizer, "loss_fn": loss_fn, "device": device}
    losses = []
    for _ in range(epochs):
        train = training.train_one_epoch(model, train_loader, **options)
        val = training.train_one_epoch(model, val_loader, **options)
        losses.append((train.loss, val.loss))
    return [list(column) for column in zip(*losses, strict=True)]


def batch_gd(*, evaluates=True, weighs=False, back=True):
    """The notes' function, with its loaders given, and some of its mistakes left."""

    def run(model, train_loader, val_loader, *, epochs, optimizer, loss_fn, device):
        columns = [], []
        for epoch in range(epochs):
            if back or not epoch:
                model.train()
            for loader, column in zip((train_loader, val_loader), columns):
                is_train = loader is train_loader
                if not is_train and evaluates:
                    model.eval()
                losses, sizes = [], []
                for images, targets in loader:
                    images, targets = images.to(device), targets.to(device)
                    optimizer.zero_grad()
                    loss = loss_fn(model(images), targets)
                    if is_train:
                        loss.backward()
                        optimizer.step()
                    losses.append(loss.item())
                    sizes.append(len(targets))
                column.append(np.average(losses, weights=sizes if weighs else None))
        return columns

    return run


def validated_once_at_the_end(model, train_loader, val_loader, *, epochs, **options):
    train_losses, _ = train_and_validate(
        model, train_loader, train_loader, epochs=epochs, **options
    )
    del options["optimizer"]
    return train_losses, epochs * [training.evaluate(model, val_loader, **options).loss]


def last_losses_only(model, train_loader, val_loader, **options):
    columns = train_and_validate(model, train_loader, val_loader, **options)
    return [column[-1] for column in columns]


def returns_the_training_losses(model, train_loader, val_loader, **options):
    return train_and_validate(model, train_loader, val_loader, **options)[0]


RIGHT = {
    check_one_step: (4, -8, 2, -6),
    check_accuracy: accuracy,
    check_train_one_epoch: training.train_one_epoch,
    check_evaluate: training.evaluate,
    check_train_and_validate: by_fit("float32"),
}

WRONG = {
    check_one_step: [
        ((8, -8, 2, -6), "the loss: it is not 8\nlook at: the mean"),
        ((-2, None, None, None), "look at: the square"),
        ((4, -16, 2, -6), "the gradient: it is not -16\nlook at: the mean"),
        ((4, -4, 2, -6), "what each error is multiplied by"),
        ((4, 8, 2, -6), "look at: the sign"),
        ((4, -8, 0, -6), "the new w: it is not 0\nlook at: the sign"),
        ((4, -8, 9, -6), "look at: the learning rate"),
        ((4, -8, 1, -6), "where the step starts"),
        ((4, -8, 2, 2), "look at: the gradient that was there before"),
        ((4, -8, 2, -16), "look at: the second gradient"),
        ((4, -8, 2, -8), "look at: the second backward"),
        ((4, -8, 2), "should be four numbers"),
    ],
    check_accuracy: [
        (mean_of_batches, "yours is 0.5\nlook at: the last batch"),
        (along_the_images, "look at: each row"),
        (smallest_logit, "look at: each row"),
        (one_place_for_all, "look at: each row"),
        (logit_not_its_place, "look at: each row"),
        (percentage, "expected 0.5, yours is 50\nlook at: a fraction"),
        (count_only, "expected 0.5, yours is 1\nlook at: a fraction"),
        (over_number_of_batches, "expected 0.5, yours is 1\nlook at: a fraction"),
        (last_batch_taken_for_full, "look at: the last batch"),
        (last_batch_only, "look at: images of all batches"),
        (positive_logits_only, "look at: logits, which may all be negative"),
        (list_of_accuracies, "expected one number, yours has shape"),
    ],
    check_train_one_epoch: [
        (loop(train=False), "the model computed in eval mode"),
        (loop(zero="never"), "look at: gradients: they add up"),
        (loop(zero="once"), "look at: gradients: they add up"),
        (loop(zero="between"), "the weights have not moved"),
        (loop(zero="after"), "look at: when gradients are set to zero"),
        (loop(step=False), "the weights have not moved"),
        (loop(weigh=False), "look at: the last batch"),
        (loop(mean_accuracy=True), "look at: the last batch"),
        (loop(move="images"), "the targets were not moved"),
        (loop(move="targets"), "the images were not moved"),
        (loop(move="none"), "the images were not moved"),
        (loop(move="lost"), "what images.to(…) returned was not used"),
        (loop(here="cpu"), "the images were moved to cpu, not to meta"),
        (loop(detach=False), "old graphs were still in memory\nlook at: what the sum"),
        (loop(passes=2), "after it"),
        (loop(again=True), "accuracy: expected 0.75, yours is 1"),
        (loop(empty=None), "expected a ValueError, yours returned EpochResult"),
        (loop(empty=ZeroDivisionError), "got a ZeroDivisionError"),
        (loop(softmax=True), "last.weight after it: at [0, 0] expected"),
        (returns_nothing, "returned None"),
        (returns_a_pair, "expected an EpochResult, got tuple"),
        (returns_tensors, "loss should be a plain float, got Tensor"),
        (steps_once_an_epoch, "look at: gradients: they add up"),
        (own_loss_function, "which loss function is used"),
        (counts_batches_of_the_first_size, "samples: expected 9, yours is 12"),
    ],
    check_evaluate: [
        (measuring(no_grad=False), "gradients were recorded"),
        (measuring(mode="none"), "look at: dropout, which must be off"),
        (measuring(mode="left"), "were not restored: now eval, eval, eval"),
        (measuring(mode="train"), "were not restored: now train, train, train"),
        (measuring(mode="whole"), "were not restored: now train, train, train"),
        (measuring(), "look at: what happens to the modes if an error"),
        (measuring(weigh=False), "look at: the last batch"),
        (measuring(move="images"), "the targets were not moved"),
        (measuring(move="lost"), "what images.to(…) returned was not used"),
        (measuring(default_device=False), "moved to None"),
        (measuring(here="cpu"), "look at: where the model's parameters are"),
        (measuring(here=torch.device("cpu")), "moved to cpu, not to meta"),
        (measuring(empty=None), "expected a ValueError, yours returned EpochResult"),
        (measuring(passes=2), "samples: expected 4, yours is 8"),
        (measuring(zero_grad=True), "changed the model's gradients"),
        (measuring(own_loss=True), "look at: the loss that is given"),
        (switches_gradients_off, "gradients stay switched off afterwards"),
        (keeps_on_training, "with batches of 4, 4: loss: expected"),
        (swallows_errors, "the loader's error was swallowed"),
    ],
    check_train_and_validate: [
        (globals_used, "it went through train_loader 0 times"),
        (validates_on_training_images, "it went through train_loader 2 times"),
        (global_test_set, "it went through val_loader 0 times"),
        (left_over_name, "are from a loader that was not given, at line"),
        (by_fit("bfloat16"), "look at: the training loss of an epoch"),
        (on_the_fastest_device, "the images were moved to cpu, not to meta"),
        (trains_on_both, "validation losses: at [0]"),
        (batch_gd(), "look at: the last batch"),
        (batch_gd(weighs=True, evaluates=False), "dropout off"),
        (batch_gd(weighs=True, back=False), "look at: the mode at the start"),
        (validated_once_at_the_end, "it went through train_loader 2 times"),
        (last_losses_only, "expected a loss for each of 1 epoch, got"),
        (returns_the_training_losses, "expected two lists of losses"),
    ],
}
