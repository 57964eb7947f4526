"""When to stop training: as soon as the validation loss no longer falls."""

from collections.abc import Sequence


def early_stop(val_losses: Sequence[float], patience: int) -> tuple[int, int]:
    """Return the epoch after which training would stop, and the best one until then.

    Training stops when the lowest validation loss is `patience` epochs old.

    Parameters
    ----------
    val_losses
        One for each epoch, at least one.
    patience
        Epochs to wait for a new lowest loss, at least 1.

    Returns
    -------
    tuple of int
        Both counted from 1. Without a stop, the first is the last epoch. Of equal
        losses the earliest is the best.

    Notes
    -----
    Prechelt, "Early Stopping – But When?" (1998). Taught in notebook 08.

    Examples
    --------
    >>> early_stop([0.9, 0.7, 0.8, 0.75, 0.6], patience=2)
    (4, 2)
    """
    best = 1
    for epoch, loss in enumerate(val_losses, 1):
        if loss < val_losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            return epoch, best
    return len(val_losses), best
