"""Train the small network that *Start here* lets look at pictures.

    python benchmarks/start_here.py

One seed, 55,000 images of FashionMNIST in [0, 1], shifted by up to 3 pixels, half of
them mirrored. Keeps the weights in course_utils/assets/weights/, matrices and kernels
in half precision. Takes a few minutes on one core; the test set is looked at once.
"""

from dataclasses import replace

import torch
from report import complete, write_result
from torch import nn

from course_utils.augment import RandomCrop, RandomHorizontalFlip
from course_utils.data import load_fashion_mnist
from course_utils.kit.shipped import LookingCNN
from course_utils.measured import load_weights, save_weights
from course_utils.models import count_parameters
from course_utils.runtime import set_seed
from course_utils.training import evaluate, fit

SEED, EPOCHS, BATCH_SIZE, PEAK_LR = 0, 5, 128, 0.01
AUGMENT = nn.Sequential(RandomCrop(28, padding=3), RandomHorizontalFlip())

if __name__ == "__main__":
    data, generator = complete(load_fashion_mnist()), set_seed(SEED)
    data = replace(data, mean=torch.zeros(1), std=torch.ones(1))  # pixels in [0, 1]
    model = LookingCNN()
    how = {"batch_size": BATCH_SIZE, "augment": AUGMENT, "generator": generator}
    loader = data.loader("train", **how)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_LR, epochs=EPOCHS, steps_per_epoch=len(loader)
    )
    fit(model, loader, epochs=EPOCHS, optimizer=optimizer, scheduler=schedule)
    save_weights(model, "looking_cnn")
    kept = load_weights(LookingCNN(), "looking_cnn")
    result = {
        "seed": SEED,
        "epochs": EPOCHS,
        "parameters": count_parameters(model),
        "test_accuracy": evaluate(kept, data.loader("test", batch_size=1000)).accuracy,
    }
    print(write_result(result, data=data.source))
