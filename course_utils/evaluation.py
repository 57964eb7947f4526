"""What a trained network gets right, what it gets wrong, and how sure it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from course_utils.training import eval_mode


@dataclass(frozen=True)
class Predictions:
    """What a model said about each image, with what the image is.

    Parameters
    ----------
    targets, predicted
        Class numbers, int64 arrays of shape (N,).
    confidence
        Softmax probability of the predicted class, float32 in [0, 1], shape (N,).
    """

    targets: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray

    @property
    def accuracy(self) -> float:
        """Fraction of images whose predicted class is the target."""
        return float(np.mean(self.predicted == self.targets))

    def mistakes(self) -> np.ndarray:
        """Return the indices of the wrong predictions, the surest first."""
        wrong = np.flatnonzero(self.predicted != self.targets)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]


@torch.no_grad()
def predict(
    model: nn.Module,
    loader: Iterable[tuple[Tensor, Tensor]],
    *,
    device: torch.device | None = None,
) -> Predictions:
    """Collect predictions together with their targets, batch by batch.

    Targets come from the loader and not from the data set, so that they belong to the
    predictions even where the loader shuffles.

    Parameters
    ----------
    model
        Maps images (N, C, H, W) to logits (N, K). Its mode is restored afterwards.
    loader
        Yields (images, targets).
    device
        Where the model is; by default where its parameters are.

    Returns
    -------
    Predictions
        In the loader's order.

    Raises
    ------
    ValueError
        If `loader` yields nothing.
    """
    device = device or next(model.parameters()).device
    batches = []
    with eval_mode(model):
        for images, targets in loader:
            confidence, predicted = model(images.to(device)).softmax(dim=1).max(dim=1)
            batches.append((targets.cpu(), predicted.cpu(), confidence.float().cpu()))
    if not batches:
        raise ValueError("the loader yielded no batch; is the data set empty?")
    columns = zip(*batches, strict=True)
    return Predictions(*(torch.cat(column).numpy() for column in columns))


def confusion_matrix(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    *,
    num_classes: int,
    normalize: bool = False,
) -> np.ndarray:
    """Count how often each class was taken for each other.

    Parameters
    ----------
    y_true, y_pred
        Class numbers, shape (N,).
    num_classes
        Rows and columns, also for classes that do not occur.
    normalize
        Divide each row by its sum; the row of a class without images stays zero.

    Returns
    -------
    ndarray
        Shape (K, K); row: the true class, column: the predicted one.

    Notes
    -----
    ``sklearn.metrics.confusion_matrix`` does the counting.
    """
    from sklearn import metrics

    return metrics.confusion_matrix(
        y_true,
        y_pred,
        labels=range(num_classes),
        normalize="true" if normalize else None,
    )


def largest_confusions(
    matrix: np.ndarray, class_names: Sequence[str], *, count: int = 3
) -> list[str]:
    """Name the most frequent confusions in words.

    Parameters
    ----------
    matrix
        Counts, shape (K, K), from `confusion_matrix`.
    class_names
        One for each class.
    count
        How many to name.

    Returns
    -------
    list of str
        The most frequent first; shorter if there are fewer confusions.

    Examples
    --------
    >>> largest_confusions(np.array([[8, 2], [0, 5]]), ["shirt", "coat"])
    ['shirt taken for coat: 2 of 10 (20.0%)']
    """
    off_diagonal = matrix * (1 - np.eye(len(matrix), dtype=matrix.dtype))
    order = np.argsort(-off_diagonal, axis=None, kind="stable")[:count]
    pairs = zip(*np.unravel_index(order, matrix.shape), strict=True)
    return [
        f"{class_names[row]} taken for {class_names[column]}: {matrix[row, column]} "
        f"of {matrix[row].sum()} ({matrix[row, column] / matrix[row].sum():.1%})"
        for row, column in pairs
        if off_diagonal[row, column]
    ]
