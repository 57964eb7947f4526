"""A loader yields what a DataLoader yields."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, RandomSampler, TensorDataset
from torchvision import transforms
from torchvision.transforms import v2

from course_utils.data import Loader

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
NORMAL = {"mean": MEAN, "std": STD}
MEAN_3D, STD_3D = (torch.tensor(numbers).view(3, 1, 1) for numbers in (MEAN, STD))
GENERATOR = torch.Generator().manual_seed(1)
IMAGES = torch.randint(0, 256, (10, 3, 4, 5), dtype=torch.uint8, generator=GENERATOR)
TARGETS = torch.arange(10)


def test_images_become_what_totensor_and_normalize_make_of_them():
    steps = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    transform, state = transforms.Compose(steps), torch.get_rng_state()
    normal = torch.stack([transform(i.permute(1, 2, 0).numpy()) for i in IMAGES])
    [(images, targets)] = Loader(IMAGES, TARGETS, **NORMAL)
    torch.testing.assert_close(images, normal)
    assert torch.equal(targets, TARGETS)
    assert torch.equal(torch.get_rng_state(), state)


@given(st.integers(1, 20), st.integers(1, 9), st.booleans(), st.booleans())
def test_any_loader_is_a_dataloader(count, batch_size, shuffle, is_augmented):
    images, targets = IMAGES.repeat(2, 1, 1, 1)[:count], torch.arange(count)
    normal = (images / 255 - MEAN_3D) / STD_3D
    rows = TensorDataset(normal.flip(3) if is_augmented else normal, targets)
    first, second = (torch.Generator().manual_seed(count) for _ in range(2))
    sampler = RandomSampler(rows, generator=first) if shuffle else None
    theirs = DataLoader(rows, batch_size=batch_size, sampler=sampler)
    options = {"batch_size": batch_size, "shuffle": shuffle, "generator": second}
    augment = Flip() if is_augmented else None
    ours = Loader(images, targets, augment=augment, **options, **NORMAL)
    found, expected = (list(zip(*loader)) for loader in (ours, theirs))
    assert len(ours) == len(theirs) == len(found[0])
    assert list(map(len, found[0])) == list(map(len, expected[0]))
    for parts in zip(found, expected):
        torch.testing.assert_close(*map(torch.cat, parts))


def test_shuffling_takes_every_image_once_in_another_order_each_pass():
    images = torch.arange(100, dtype=torch.uint8).reshape(100, 1, 1, 1)

    def three_passes(generator=None):
        options = {"batch_size": 7, "shuffle": True, "generator": generator}
        loader = Loader(images, torch.arange(100), **options)
        for batches in (list(loader) for _ in range(3)):
            pixels, targets = (torch.cat(parts) for parts in zip(*batches))
            assert torch.equal((pixels.flatten() * 255).round().long(), targets)
            yield targets.tolist()

    with torch.random.fork_rng():
        torch.manual_seed(3)
        first, second, third = three_passes()
    assert first != second
    assert sorted(first) == sorted(second) == list(range(100))
    by_generator = three_passes(torch.Generator().manual_seed(3))
    assert list(by_generator) == [first, second, third]


def test_augment_gets_whole_batches_in_0_to_1_and_is_then_normalised():
    seen = []

    def blacken(images):
        seen.append(images.clone())
        return images[..., :2] * 0

    loader = Loader(IMAGES, TARGETS, batch_size=4, augment=blacken, **NORMAL)
    found = torch.cat([images for images, _ in loader])
    assert [len(images) for images in seen] == [4, 4, 2]
    assert all(images.min() >= 0 and images.max() <= 1 for images in seen)
    assert found.shape == (10, 3, 4, 2)
    black = -torch.tensor(MEAN) / torch.tensor(STD)
    torch.testing.assert_close(found[0, :, 0, 0], black)


@pytest.mark.parametrize("options", [{}, NORMAL, {"augment": lambda images: images}])
def test_batches_are_float32_whatever_the_default(options):
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        [(images, _)] = Loader(IMAGES, TARGETS, **options)
    finally:
        torch.set_default_dtype(before)
    assert images.dtype == torch.float32


def test_a_batch_is_made_of_what_is_asked_for_and_where():
    images, targets = Loader(IMAGES, TARGETS * 2).batch(torch.tensor([7, 0]))
    assert targets.tolist() == [14, 0]
    torch.testing.assert_close(images, IMAGES[[7, 0]].float() / 255)
    loader = Loader(IMAGES, TARGETS, shuffle=True, device="meta", **NORMAL)
    made = loader.batch(torch.zeros(2, dtype=torch.int64, device="meta"))
    kept = loader.images, loader.targets, loader.mean, loader.std, loader.order()
    assert {tensor.device.type for tensor in (*kept, *made)} == {"meta"}
    for images, targets in Loader(IMAGES.to("meta"), TARGETS):  # not normalised
        assert (images.device.type, targets.device.type) == ("meta", "meta")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_generator_may_be_on_another_device_than_the_images():
    def targets(device):
        generator = torch.Generator(device).manual_seed(0)
        [(_, targets)] = Loader(IMAGES, TARGETS, shuffle=True, generator=generator)
        return targets.tolist()

    assert targets("cuda") == targets("cuda") != targets("cpu")


class Flip(torch.nn.Module):
    def forward(self, images):
        return images.flip(3)


@pytest.mark.parametrize(
    ("augment", "words"),
    [
        (lambda images: images[::2], r"shape \(5, 3, 4, 5\).* for .*\(10, 3, 4, 5\)"),
        (lambda images: images.double(), "torch.float64"),
        (lambda images: (images * 255).byte(), "torch.uint8"),
        (lambda images: images[0], r"shape \(3, 4, 5\)"),
        (lambda images: images.mean(1, keepdim=True), "as many channels"),
        (lambda images: images.flip(3).numpy(), "ndarray"),
        (lambda images: None, "None for images"),
    ],
    ids=range(7),
)
def test_what_augment_returns_takes_the_place_of_what_it_got(augment, words):
    with pytest.raises(ValueError, match=f"^augment returned.*{words}"):
        list(Loader(IMAGES, TARGETS, augment=augment, **NORMAL))


@pytest.mark.parametrize("augment", [transforms.ToTensor(), v2.ToPILImage()])
def test_a_transform_of_single_images_is_told(augment):
    with pytest.raises(ValueError, match=r"a batch, \(10, 3, 4, 5\).*no place there"):
        list(Loader(IMAGES, TARGETS, augment=augment))


TWICE = v2.Compose([v2.RandomHorizontalFlip(), v2.Normalize(STD, STD)])


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"targets": TARGETS.int()}, TypeError, r"not torch.int32; try targets.long"),
        ({"targets": torch.eye(10)}, TypeError, r"try targets\.argmax\(1\)"),
        ({"targets": TARGETS[:, None].int()}, TypeError, r"try targets\[:, 0\]"),
        ({"images": IMAGES.long()}, TypeError, r"try images\.round\(\)\.byte"),
        ({"images": IMAGES / 255}, TypeError, r"try \(255 \* images\)\.round"),
        ({"images": IMAGES / 9 - 9}, TypeError, r"try images \* std \+ mean"),
        ({"images": [*IMAGES]}, TypeError, r"try torch\.stack\(images\)"),
        ({"images": IMAGES.numpy()}, TypeError, r"try torch\.as_tensor\(images\)"),
        ({"images": IMAGES[..., :0]}, ValueError, "none of them 0"),
        ({"images": IMAGES[:0], "targets": TARGETS[:0]}, ValueError, "none of them 0"),
        ({"images": IMAGES.permute(0, 2, 3, 1)}, ValueError, r"first: images\.perm"),
        ({"shuffle": "no"}, TypeError, "shuffle is 'no'"),
        ({"mean": 0.5, "std": STD}, ValueError, "mean is 0.5;"),
        ({"mean": (125.3, 123, 113.9), "std": STD}, ValueError, "mean is .*125.3"),
        ({"mean": STD, "std": (0.2, 0, 0)}, ValueError, "1 if all are alike"),
        ({"augment": TWICE, "mean": STD, "std": STD}, ValueError, "holds a Normalize"),
    ],
    ids=range(16),
)
def test_bad_input_is_told(change, error, words):
    with pytest.raises(error, match=words):
        Loader(**{"images": IMAGES, "targets": TARGETS, **change})
