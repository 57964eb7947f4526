"""A loader yields what a DataLoader yields."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from course_utils.data.loader import Loader

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def _images(count: int = 10, channels: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    shape = (count, channels, 4, 5)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def _targets_of_a_pass(loader: Loader) -> list[int]:
    return torch.cat([targets for _, targets in loader]).tolist()


@pytest.mark.parametrize("batch_size", [1, 3, 5, 10, 128])
def test_equals_a_dataloader_over_normalised_images(batch_size: int) -> None:
    from torchvision.transforms.v2.functional import normalize

    images, targets = _images(), torch.arange(10)
    dataset = TensorDataset(normalize(images.float() / 255, MEAN, STD), targets)
    expected = DataLoader(dataset, batch_size=batch_size)
    loader = Loader(images, targets, batch_size=batch_size, mean=MEAN, std=STD)
    assert len(loader) == len(expected)
    for found, wanted in zip(loader, expected, strict=True):
        torch.testing.assert_close(found[0], wanted[0])
        assert torch.equal(found[1], wanted[1])
        assert found[0].dtype == torch.float32


def test_equals_totensor_and_normalize_image_by_image() -> None:
    from torchvision import transforms

    images = _images()
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    )
    expected = torch.stack([transform(i.permute(1, 2, 0).numpy()) for i in images])
    [(found, _)] = Loader(images, torch.arange(10), mean=MEAN, std=STD)
    torch.testing.assert_close(found, expected)


def test_without_statistics_images_lie_in_0_to_1() -> None:
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(3, 1, 1, 1)
    [(found, _)] = Loader(images, torch.arange(3))
    torch.testing.assert_close(found.flatten(), torch.tensor([0, 0.2, 1]))


def test_images_are_left_as_they_were() -> None:
    images = _images()
    before = images.clone()
    for batch, _ in Loader(images, torch.arange(10), mean=MEAN, std=STD):
        batch.zero_()
    assert torch.equal(images, before)


def test_shuffling_takes_every_image_once_in_another_order_each_pass() -> None:
    images = torch.arange(100, dtype=torch.uint8).reshape(100, 1, 1, 1)
    loader = Loader(images, torch.arange(100), batch_size=7, shuffle=True)
    first, second = _targets_of_a_pass(loader), _targets_of_a_pass(loader)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(100))
    for batch, targets in loader:
        assert torch.equal((batch.flatten() * 255).round().long(), targets)


def test_order_is_fixed_by_the_generator() -> None:
    def orders() -> list[list[int]]:
        generator = torch.Generator().manual_seed(3)
        loader = Loader(_images(), torch.arange(10), shuffle=True, generator=generator)
        return [_targets_of_a_pass(loader) for _ in range(3)]

    assert orders() == orders()


def test_order_is_fixed_by_the_global_seed_where_no_generator_is_given() -> None:
    loader = Loader(_images(), torch.arange(10), shuffle=True)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first = _targets_of_a_pass(loader)
        torch.manual_seed(3)
        assert _targets_of_a_pass(loader) == first


def test_unshuffled_pass_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    list(Loader(_images(), torch.arange(10)))
    assert torch.equal(torch.get_rng_state(), before)


def test_augment_gets_whole_batches_in_0_to_1_and_is_then_normalised() -> None:
    seen = []

    def blacken(images: torch.Tensor) -> torch.Tensor:
        seen.append(images.clone())
        return images * 0

    loader = Loader(
        _images(), torch.arange(10), batch_size=4, augment=blacken, mean=MEAN, std=STD
    )
    found = torch.cat([images for images, _ in loader])
    black = -torch.tensor(MEAN) / torch.tensor(STD)
    assert [len(images) for images in seen] == [4, 4, 2]
    assert all(images.min() >= 0 and images.max() <= 1 for images in seen)
    torch.testing.assert_close(found[0, :, 0, 0], black)


def test_augment_may_change_the_size() -> None:
    loader = Loader(_images(), torch.arange(10), augment=lambda images: images[..., :2])
    assert next(iter(loader))[0].shape == (10, 3, 4, 2)


def test_batch_makes_the_images_it_is_asked_for() -> None:
    loader = Loader(_images(), torch.arange(10) * 2)
    images, targets = loader.batch(torch.tensor([7, 0]))
    assert targets.tolist() == [14, 0]
    torch.testing.assert_close(images, _images()[[7, 0]].float() / 255)


def test_device_is_where_everything_ends_up() -> None:
    loader = Loader(
        _images(), torch.arange(10), mean=MEAN, std=STD, shuffle=True, device="meta"
    )
    images, targets = loader.batch(torch.zeros(2, dtype=torch.int64, device="meta"))
    kept = (loader.images, loader.targets, loader.mean, loader.order())
    assert {t.device.type for t in (*kept, images, targets)} == {"meta"}


def test_what_was_given_can_be_read_again() -> None:
    generator, augment = torch.Generator(), torch.nn.Identity()
    loader = Loader(
        *(_images(), torch.arange(10)),
        batch_size=4,
        shuffle=True,
        augment=augment,
        mean=MEAN,
        std=torch.tensor(STD),
        generator=generator,
    )
    assert (loader.batch_size, loader.shuffle) == (4, True)
    assert (loader.augment, loader.generator) == (augment, generator)
    assert loader.mean.tolist() == pytest.approx(MEAN)
    assert loader.std.tolist() == pytest.approx(STD)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"images": _images().float()}, TypeError, "uint8, not torch.float32"),
        ({"images": _images().numpy()}, TypeError, "images must be a tensor"),
        ({"images": [1, 2]}, TypeError, "not list"),
        ({"targets": torch.arange(10).int()}, TypeError, "int64, not torch.int32"),
        ({"images": _images()[:, 0]}, ValueError, r"expected \(N, C, H, W\)"),
        ({"targets": torch.zeros(10, 1).long()}, ValueError, r"expected \(N\)"),
        ({"targets": torch.arange(9)}, ValueError, "10 images but 9 targets"),
        (
            {"images": _images()[:0], "targets": torch.arange(0)},
            ValueError,
            "no images",
        ),
        ({"batch_size": 0}, ValueError, "batch_size is 0"),
        ({"batch_size": 2.5}, ValueError, "batch_size is 2.5"),
        ({"mean": MEAN}, ValueError, "both, or neither"),
        ({"std": STD}, ValueError, "both, or neither"),
        ({"mean": (0.5,), "std": STD}, ValueError, r"need \(3,\)"),
        ({"mean": MEAN, "std": (0.2, 0, 0.2)}, ValueError, "above 0"),
        ({"mean": MEAN, "std": (0.2, float("nan"), 0.2)}, ValueError, "above 0"),
    ],
)
def test_bad_input_is_told(change: dict, error: type[Exception], words: str) -> None:
    arguments = {"images": _images(), "targets": torch.arange(10), **change}
    with pytest.raises(error, match=words):
        Loader(arguments.pop("images"), arguments.pop("targets"), **arguments)
