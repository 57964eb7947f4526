"""Predictions keep their targets; the matrix counts what was taken for what."""

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.data.loader import Loader
from course_utils.evaluation import (
    Predictions,
    confusion_matrix,
    largest_confusions,
    predict,
)


class Brightness(nn.Module):
    """Says class 1 for bright images; dropout would show if it were on."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(4.0))
        self.dropout = nn.Dropout(0.99)

    def forward(self, images):
        bright = self.dropout(images).mean(dim=(1, 2, 3))
        return torch.stack([0 * bright, self.weight * (bright - 0.5)], dim=1)


@pytest.fixture
def loader():
    images = torch.tensor([0, 255, 200, 10, 90]).to(torch.uint8)[:, None, None, None]
    targets = torch.tensor([0, 1, 0, 0, 1])
    generator = torch.Generator().manual_seed(1)
    return Loader(images, targets, batch_size=2, shuffle=True, generator=generator)


def test_targets_belong_to_predictions_even_when_shuffled(loader):
    model = Brightness().train()
    predictions = predict(model, loader)
    assert sorted(zip(predictions.targets, predictions.predicted)) == [
        (0, 0),
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert predictions.accuracy == 0.6
    assert model.training
    assert model.dropout.training


def test_confidence_is_the_softmax_of_the_predicted_class():
    images = torch.full((1, 1, 1, 1), 255, dtype=torch.uint8)
    predictions = predict(Brightness(), Loader(images, torch.tensor([1])))
    assert predictions.confidence[0] == pytest.approx(1 / (1 + np.exp(-2)))


def test_mistakes_are_the_wrong_ones_the_surest_first():
    predictions = Predictions(
        targets=np.array([0, 1, 1, 0]),
        predicted=np.array([0, 0, 0, 1]),
        confidence=np.array([0.9, 0.6, 0.8, 0.7]),
    )
    assert predictions.mistakes().tolist() == [2, 3, 1]


def test_an_empty_loader_is_told():
    with pytest.raises(ValueError, match="no batch"):
        predict(Brightness(), [])


def test_confusion_matrix_has_true_classes_in_rows():
    matrix = confusion_matrix([0, 0, 1], [0, 1, 1], num_classes=3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_a_class_without_images_has_a_row_of_zeros_when_normalised():
    matrix = confusion_matrix([0, 0, 1], [0, 1, 1], num_classes=3, normalize=True)
    assert matrix.tolist() == [[0.5, 0.5, 0], [0, 1, 0], [0, 0, 0]]


def test_the_largest_confusions_are_named():
    matrix = np.array([[5, 3, 0], [1, 9, 0], [4, 0, 6]])
    assert largest_confusions(matrix, "ABC", count=2) == [
        "C taken for A: 4 of 10 (40.0%)",
        "A taken for B: 3 of 8 (37.5%)",
    ]
    assert len(largest_confusions(matrix, "ABC", count=9)) == 3
    assert largest_confusions(np.eye(3, dtype=int), "ABC") == []
