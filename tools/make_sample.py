"""Make the FashionMNIST sample that the course brings along.

    python tools/make_sample.py /usr/share/datasets/fashion-mnist

The folder holds the four official idx files (.gz or not), as Debian's package
dataset-fashion-mnist installs them. The same input gives the same bytes.
"""

import sys
from pathlib import Path

import numpy as np

from course_utils.data import hold_out
from course_utils.data.sources import SAMPLE_FILE, read_fashion_mnist

SIZES = {"train": 10_000, "test": 2_000}


def sample(folder: Path) -> dict[str, np.ndarray]:
    """Choose the same share of every class, in the official order: uint8 arrays."""
    arrays = {}
    for (name, size), split in zip(SIZES.items(), read_fashion_mnist(folder)):
        _, (images, targets) = hold_out(split, size / len(split.targets))
        arrays[f"{name}_images"] = images[:, 0].numpy()
        arrays[f"{name}_targets"] = targets.byte().numpy()
    return arrays


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # NumPy gives every member of an npz file the same fixed time.
    np.savez_compressed(SAMPLE_FILE, **sample(Path(sys.argv[1])))
    print(f"{SAMPLE_FILE}: {SAMPLE_FILE.stat().st_size:,} bytes")
