"""Train the ANN and the CNN of *FashionMNIST* on garments with shuffled pixels.

    python benchmarks/permutation.py

One fixed permutation of the 784 pixels, the same for all images; 55,000 images to
train, 5,000 to validate, the test set looked at once at the end. Takes about five
minutes on two cores; a finished seed is kept in benchmarks/runs/, so an interrupted run
goes on where it stopped. *Channels and batches* reads the numbers.
"""

from dataclasses import replace

import torch
from fashion_mnist import ENTRIES
from ladder import SEEDS, checkpoint_path, train
from report import complete, write_result

from course_utils.data import ImageData, load_fashion_mnist
from course_utils.measured import mean_and_spread
from course_utils.training import evaluate

EPOCHS = 5
PERMUTATION_SEED = 0


def permute(data: ImageData) -> ImageData:
    """Return the same images with one fixed permutation of their pixels."""
    generator = torch.Generator().manual_seed(PERMUTATION_SEED)
    order = torch.randperm(data.train_images[0, 0].numel(), generator=generator)
    moved = {}
    for name in ("train_images", "val_images", "test_images"):
        images = getattr(data, name)
        moved[name] = images.flatten(2)[:, :, order].view_as(images)
    return replace(data, **moved)


def main() -> None:
    """Train on both, and keep the numbers."""
    original = complete(load_fashion_mnist())
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
