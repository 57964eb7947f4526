"""The networks that more than one notebook uses, each constructible without arguments.

Each returns logits: the softmax belongs to the loss (``torch.nn.CrossEntropyLoss``).
"""

from torch import nn


class FashionANN(nn.Sequential):
    """Two fully connected layers on the flattened image: the baseline.

    Parameters
    ----------
    in_features
        Pixels in an image.
    num_classes
        Logits to return.

    Notes
    -----
    101,770 weights for 28 × 28 pixels and 10 classes. Taught in notebook 06.
    """

    def __init__(self, in_features: int = 28 * 28, num_classes: int = 10) -> None:
        super().__init__(
            nn.Flatten(),
            nn.Linear(in_features, 128),
            nn.ReLU(),
            nn.Linear(128, num_classes),
        )


class FashionCNN(nn.Sequential):
    """Three convolutions that shrink the image by their stride, then two dense layers.

    Images (N, 1, 28, 28) become maps of 13, 6 and 2 cells a side.

    Parameters
    ----------
    num_classes
        Logits to return.

    Notes
    -----
    360,458 weights. Taught in notebook 07.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 32, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Conv2d(32, 64, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Conv2d(64, 128, kernel_size=3, stride=2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(128 * 2 * 2, 512),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(512, num_classes),
        )


class SmallFashionCNN(nn.Sequential):
    """Two convolutions with max-pooling and two small dense layers.

    Images (N, 1, 28, 28) become maps of 24, 12, 8 and 4 cells a side.

    Parameters
    ----------
    num_classes
        Logits to return.

    Notes
    -----
    21,840 weights. Taught in notebook 07.
    """

    def __init__(self, num_classes: int = 10) -> None:
        super().__init__(
            nn.Conv2d(1, 10, kernel_size=5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(10, 20, kernel_size=5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(20 * 4 * 4, 50),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(50, num_classes),
        )


def count_parameters(model: nn.Module) -> int:
    """Count the weights that training changes.

    Parameters
    ----------
    model
        Any module.

    Returns
    -------
    int

    Examples
    --------
    >>> count_parameters(FashionANN()), count_parameters(FashionCNN())
    (101770, 360458)
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
