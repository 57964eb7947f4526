"""Make the part of TrashNet that the course brings along.

    python tools/make_trashnet.py FOLDER

The folder holds the photographs, one folder for each kind, at 256 x 192 pixels. Of each
kind the same share is taken, evenly spaced, and scaled to half of its sides.
"""

import sys
from pathlib import Path

from PIL import Image

from course_utils.chapters.your_own_pictures.photos import trashnet_folder

STEP, LEFT_OUT = 8, {"glass20.jpg"}  # that one is Start here's bottle


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for kind in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
        files = sorted(kind.glob("*.jpg"), key=lambda file: (len(file.name), file.name))
        output = trashnet_folder() / kind.name
        output.mkdir(parents=True, exist_ok=True)
        for file in files[3::STEP]:
            if file.name not in LEFT_OUT:
                with Image.open(file) as photo:
                    half = photo.resize([side // 2 for side in photo.size])
                    half.save(output / file.name, quality=75)
