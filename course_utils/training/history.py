"""What one pass through the data gives, and what a whole training run gives."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class EpochResult:
    """Means over all the samples of one pass through the data.

    Parameters
    ----------
    loss
        Mean loss of a sample.
    accuracy
        Fraction of samples whose largest logit is the target's.
    samples
        How many samples the means are over.
    """

    loss: float
    accuracy: float
    samples: int


@dataclass
class History:
    """What `fit` measured: one entry in each list for each finished epoch.

    Parameters
    ----------
    train_loss, train_accuracy
        Measured while the weights were changing, dropout on.
    val_loss, val_accuracy
        Measured after the epoch, dropout off; empty without a validation loader.
    seconds
        Time for the epoch, evaluation included.
    interrupted
        Whether Ctrl-C ended the training early.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    interrupted: bool = False

    def __len__(self) -> int:
        """Count the finished epochs."""
        return len(self.seconds)

    def __repr__(self) -> str:
        """Return the last epoch in words."""
        end = "interrupted after" if self.interrupted else "finished"
        epochs = "epoch" if len(self) == 1 else "epochs"
        last = f"; the last: {self.last_epoch()}" if len(self) else ""
        return f"History: {end} {len(self)} {epochs}{last}"

    def add(self, train: EpochResult, val: EpochResult | None, seconds: float) -> None:
        """Append one epoch.

        Parameters
        ----------
        train, val
            Its results; `val` is None without a validation loader.
        seconds
            Its duration.
        """
        self.train_loss.append(train.loss)
        self.train_accuracy.append(train.accuracy)
        if val is not None:
            self.val_loss.append(val.loss)
            self.val_accuracy.append(val.accuracy)
        self.seconds.append(seconds)

    def last_epoch(self) -> str:
        """Describe the last epoch in one line."""
        parts = [f"train loss {self.train_loss[-1]:.3f} {self.train_accuracy[-1]:.1%}"]
        if self.val_loss:
            parts.append(
                f"val loss {self.val_loss[-1]:.3f} {self.val_accuracy[-1]:.1%}"
            )
        return " · ".join([*parts, f"{self.seconds[-1]:.1f} s"])
