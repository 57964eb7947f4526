"""Make the FashionMNIST sample that the course brings along.

    python tools/make_sample.py /usr/share/datasets/fashion-mnist

The folder holds the four official idx files (.gz or not), as Debian's package
dataset-fashion-mnist installs them. The same input gives the same bytes.
"""

import argparse
from pathlib import Path

import numpy as np

from course_utils.data.formats import read_fashion_mnist
from course_utils.data.splits import stratified_choice
from course_utils.data.substitutes import SAMPLE_FILE

SIZES = {"train": 10_000, "test": 2_000}


def sample(folder: Path) -> dict[str, np.ndarray]:
    """Choose the sample, the same share of every class, in the official order.

    Parameters
    ----------
    folder
        Holds the four official files.

    Returns
    -------
    dict
        ``train_images``, ``train_targets``, ``test_images``, ``test_targets``: uint8,
        images of shape (N, 28, 28).
    """
    arrays = {}
    for split, size in SIZES.items():
        images, targets = read_fashion_mnist(folder, split)
        chosen = stratified_choice(targets, size)
        arrays[f"{split}_images"] = images[chosen, 0].numpy()
        arrays[f"{split}_targets"] = targets[chosen].byte().numpy()
    return arrays


def main() -> None:
    """Write the sample to its place in the package, or to ``--output``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, default=SAMPLE_FILE)
    arguments = parser.parse_args()
    # NumPy gives every member of an npz file the same fixed time.
    np.savez_compressed(arguments.output, **sample(arguments.folder))
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
