"""Make the part of TrashNet that the course brings along.

    python tools/make_trashnet.py FOLDER

The folder holds the photographs, one folder for each kind, at 256 x 192 pixels. Of each
kind the same share is taken, evenly spaced, and scaled to half of its sides.
"""

import argparse
from pathlib import Path

from PIL import Image

from course_utils.chapters.your_own_pictures.photos import trashnet_folder

STEP, LEFT_OUT = 8, {"glass20.jpg"}  # that one is Start here's bottle


def main() -> None:
    """Write the photographs to their place in the package, or to ``--output``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, default=trashnet_folder())
    arguments = parser.parse_args()
    for kind in sorted(path for path in arguments.folder.iterdir() if path.is_dir()):
        files = sorted(kind.glob("*.jpg"), key=lambda file: (len(file.name), file.name))
        (arguments.output / kind.name).mkdir(parents=True, exist_ok=True)
        for file in files[3::STEP]:
            if file.name not in LEFT_OUT:
                with Image.open(file) as photo:
                    half = photo.resize([side // 2 for side in photo.size])
                    half.save(arguments.output / kind.name / file.name, quality=75)


if __name__ == "__main__":
    main()
