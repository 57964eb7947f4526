"""Checks for notebook 06, *The training loop*."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from course_utils.checks.comparing import shown
from course_utils.checks.demanding import Demand, judge_class
from course_utils.checks.judging import judge_function, judge_number
from course_utils.checks.training_loop_cases import accuracy_cases
from course_utils.checks.training_loop_demands import (
    measuring_demands,
    run_demands,
    training_demands,
)
from course_utils.checks.verdict import Verdict, right, to_do, wrong

INPUTS, TARGETS, WEIGHT, RATE = (1, 3), (3, 5), 1, 1 / 8
"""The batch of the first exercise, the weight before the step, the learning rate."""


def check_one_step(answer: Sequence | None) -> Verdict:
    """Check one step of gradient descent, worked out by hand.

    Parameters
    ----------
    answer
        Loss, gradient, the new weight, and what stands in ``w.grad`` if backward is
        called again without ``zero_grad``; None where there is none yet.

    Returns
    -------
    Verdict
        A wrong number with a known cause gets a hint at that cause.
    """
    if answer is None:
        return to_do("replace each None by a number")
    if isinstance(answer, str | bytes) or not hasattr(answer, "__len__"):
        return wrong(f"the answer should be four numbers, got {shown(answer)}")
    values = list(answer)
    if len(values) != 4:
        return wrong(f"the answer should be four numbers, got {shown(answer)}")
    questions = zip(_step_questions(), values, strict=True)
    verdicts = [
        replace(verdict, message=f"{name}: {verdict.message}")
        for (name, expected, causes, otherwise), value in questions
        if (
            verdict := judge_number(value, expected, causes=causes, otherwise=otherwise)
        ).status
        != "right"
    ]
    if not verdicts:
        return right(", ".join(map(str, values)))
    mistakes = (verdict for verdict in verdicts if verdict.status == "wrong")
    left = [verdict.message.split(":")[0] for verdict in verdicts]
    return next(mistakes, to_do(f"replace the None for {', '.join(left)}"))


def check_accuracy(accuracy: Callable | None) -> Verdict:
    """Check the counting of right predictions over batches.

    Parameters
    ----------
    accuracy
        ``accuracy(batches)``: pairs of logits (B, K) and targets (B,) to the fraction
        of targets whose logit is the largest.

    Returns
    -------
    Verdict
        Compared with the mean over all images together.
    """
    return judge_function(accuracy, _accuracy, accuracy_cases(), name="accuracy")


def check_train_one_epoch(train_one_epoch: Callable | None) -> Verdict:
    """Check the training loop: what it returns, and what it does to the model.

    Parameters
    ----------
    train_one_epoch
        As `course_utils.training.train_one_epoch`.

    Returns
    -------
    Verdict
        Compared with it, on probes that note how they are treated.
    """
    return _judge(train_one_epoch, training_demands(), "train_one_epoch")


def check_evaluate(evaluate: Callable | None) -> Verdict:
    """Check the measuring loop: what it returns, and that it leaves no trace.

    Parameters
    ----------
    evaluate
        As `course_utils.training.evaluate`.

    Returns
    -------
    Verdict
        Compared with it, on probes that note how they are treated.
    """
    return _judge(evaluate, measuring_demands(), "evaluate")


def check_train_and_validate(train_and_validate: Callable | None) -> Verdict:
    """Check the repair of a training run that had several mistakes.

    Parameters
    ----------
    train_and_validate
        ``train_and_validate(model, train_loader, val_loader, *, epochs, optimizer,
        loss_fn, device)`` returns the losses of training and of validation, one of
        each for each epoch.

    Returns
    -------
    Verdict
        Compared with `course_utils.training.fit`'s two parts in turn.
    """
    return _judge(train_and_validate, run_demands(), "train_and_validate")


def _step_questions() -> list[tuple[str, float, dict[float, str], str]]:
    errors = [WEIGHT * x - t for x, t in zip(INPUTS, TARGETS, strict=True)]
    loss = sum(e**2 for e in errors) / 2
    gradient = _gradient(WEIGHT)
    after = WEIGHT - RATE * gradient
    kept = gradient + _gradient(after)
    return [
        (
            "the loss",
            loss,
            {2 * loss: "the mean: there are two examples", -2.0: "the square"},
            "the two errors: prediction minus target",
        ),
        (
            "the gradient",
            gradient,
            {
                2 * gradient: "the mean: there are two examples",
                gradient / 2: "what each error is multiplied by: 2, and its own input",
                -gradient: "the sign: would a larger weight make the loss larger?",
            },
            "what each error is multiplied by: 2, and its own input",
        ),
        (
            "the new w",
            after,
            {
                WEIGHT + RATE * gradient: "the sign: minus a negative number",
                WEIGHT - gradient: "the learning rate",
                -RATE * gradient: "where the step starts",
            },
            "the rule: w − η · gradient",
        ),
        (
            "w.grad without zero_grad",
            kept,
            {
                _gradient(after): "the gradient that was there before",
                gradient: "the second backward, at the new w",
                2 * gradient: "the second gradient: it belongs to the new w",
            },
            "the gradient at the new w, added to the one that was there",
        ),
    ]


def _gradient(weight: float) -> float:
    pairs = zip(INPUTS, TARGETS, strict=True)
    return sum(2 * (weight * x - t) * x for x, t in pairs) / len(INPUTS)


def _accuracy(batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    right = [logits.argmax(dim=1) == targets for logits, targets in batches]
    return torch.cat(right).double().mean().item()


def _judge(function: object, demands: Sequence[Demand], name: str) -> Verdict:
    # The first optimizer imports much of PyTorch; that is not the learner's time.
    torch.optim.SGD([torch.zeros(1)], lr=1.0)
    return judge_class(function, demands, name=name, kind="function")
