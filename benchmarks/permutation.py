"""Train the ANN and the CNN of *FashionMNIST* on garments with shuffled pixels.

    python benchmarks/permutation.py

One fixed permutation of the 784 pixels, the same for all images; 55,000 images to
train, 5,000 to validate, the test set looked at once at the end. Takes about five
minutes on two cores; a finished seed is kept in benchmarks/runs/, so an interrupted run
goes on where it stopped. *Channels and batches* reads the numbers.
"""

import sys
from dataclasses import replace

import torch
from fashion_mnist import ENTRIES
from ladder import SEEDS, checkpoint_path, train
from report import write_result
from torch import Tensor

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.measured import mean_and_spread
from course_utils.training import evaluate

EPOCHS = 5
PERMUTATION_SEED = 0


def permute_pixels(images: Tensor, order: Tensor) -> Tensor:
    """Move the pixels of all images (N, C, H, W) by one `order`, shape (H * W,)."""
    return images.flatten(2)[:, :, order].view_as(images)


def permute(data: ImageData) -> ImageData:
    """Return the same images with one fixed permutation of their pixels."""
    generator = torch.Generator().manual_seed(PERMUTATION_SEED)
    order = torch.randperm(data.train_images[0, 0].numel(), generator=generator)
    images = {
        name: permute_pixels(getattr(data, name), order)
        for name in ("train_images", "val_images", "test_images")
    }
    return replace(data, **images)


def main() -> None:
    """Train on both, and keep the numbers."""
    original = load_fashion_mnist()
    if not original.is_complete:
        sys.exit("this needs the complete FashionMNIST: set COURSE_DATA_DIR")
    data = {"original": original, "permuted": permute(original)}
    models = {}
    for name in ("ANN", "FashionCNN"):
        entry = replace(ENTRIES[name], epochs=EPOCHS)
        models[name] = {}
        for pixels, images in data.items():
            run = f"{name} {pixels}"
            networks = [
                train(entry, images, seed, checkpoint_path("permutation", run, seed))[0]
                for seed in SEEDS
            ]
            test = images.loader("test", batch_size=1000)
            accuracies = [evaluate(model, test).accuracy for model in networks]
            models[name][pixels] = accuracies
            print(f"{run}: test accuracy {mean_and_spread(accuracies)}", flush=True)
    measured = {
        "seeds": SEEDS,
        "epochs": EPOCHS,
        "permutation_seed": PERMUTATION_SEED,
        "test_accuracy": models,
    }
    print(write_result(measured, data=original.source))


if __name__ == "__main__":
    main()
