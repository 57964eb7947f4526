"""Run by test_checkpoint.py, which kills it: train a little, print what came of it."""

import sys
import zlib

import torch
from torch import nn

from course_utils import augment
from course_utils.data.loader import Loader
from course_utils.runtime import set_seed
from course_utils.training import fit


def main() -> None:
    generator = set_seed(0)
    images = torch.randint(0, 256, (200, 1, 12, 12), dtype=torch.uint8)
    flips = augment.RandomHorizontalFlip()
    order = {"shuffle": True, "generator": generator, "augment": flips}
    loader = Loader(images, torch.arange(200) % 3, batch_size=20, **order)
    layers = [nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Dropout()]
    model = nn.Sequential(*layers, nn.Linear(800, 3))
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    cycle = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.01, total_steps=12 * 10)
    call = {"epochs": 12, "optimizer": sgd, "scheduler": cycle, "device": "cpu"}
    fit(model, loader, loader, checkpoint=sys.argv[1], **call)
    state = torch.cat(
        [t.detach().flatten().double() for t in model.state_dict().values()]
    )
    print(zlib.crc32(state.numpy().tobytes()))


if __name__ == "__main__":
    main()
