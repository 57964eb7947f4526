"""A trunk is had or replaced in words; an answer is what the folder's loader gives."""

import copy

import pytest
import torch
from data_files import write_classes
from torch import nn
from torchvision.models import ResNet18_Weights, resnet18

from course_utils import transfer
from course_utils.chapters.your_own_pictures.photos import trashnet_folder
from course_utils.data import DataError, load_image_folder, read_image
from course_utils.data.folder import list_images
from course_utils.runtime import PROFILES
from course_utils.transfer import Known, TransferNet, load_trunk, predict_image

pytestmark = pytest.mark.usefixtures("data_dir")
HALF = torch.full((3,), 0.5)


@pytest.fixture(autouse=True)
def torch_home(tmp_path, monkeypatch):
    """Give torch an empty cache; a download would be an error."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(transfer, "current_profile", lambda: PROFILES["cpu"])
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)


def refuse(*args, **options):
    raise OSError("no route to host")


def cached(tmp_path):
    name = ResNet18_Weights.IMAGENET1K_V1.url.rpartition("/")[2]
    file = tmp_path / "torch" / "hub" / "checkpoints" / name
    file.parent.mkdir(parents=True)
    return file


def test_the_courses_trunk_makes_features_of_pictures_of_any_size(capsys):
    trunk = load_trunk()
    assert not capsys.readouterr().out and not trunk.features.training
    for size in (trunk.size, 40):
        found = trunk.features(torch.rand(2, 3, size, size))
        assert found.shape == (2, trunk.num_features)
    assert "128 numbers" in repr(trunk)


def test_torchvisions_trunk_comes_from_torchs_cache(tmp_path, capsys):
    torch.manual_seed(0)
    theirs = resnet18()
    torch.save(theirs.state_dict(), cached(tmp_path))
    trunk = load_trunk("resnet18")
    images = torch.rand(2, 3, trunk.size, trunk.size)
    logits = theirs.fc(trunk.features(images))
    torch.testing.assert_close(theirs.eval()(images), logits)
    made_for = ResNet18_Weights.IMAGENET1K_V1.transforms()
    assert trunk.mean.tolist() == pytest.approx(made_for.mean)
    assert TransferNet(trunk.features, trunk.num_features, 6)(images).shape == (2, 6)
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("profile", "download", "reason"),
    [
        ("cpu", False, "download=True"),
        ("ci", True, "the ci profile downloads nothing"),
        ("cpu", True, "the download failed (no route to host)"),
        ("cpu", True, ".pth is unreadable ("),
    ],
)
def test_without_it_a_line_says_why(
    profile, download, reason, monkeypatch, capsys, tmp_path
):
    cached(tmp_path).mkdir() if "unreadable" in reason else None
    monkeypatch.setattr(transfer, "current_profile", lambda: PROFILES[profile])
    assert load_trunk("resnet18", download=download).name == "fast_cifar_cnn"
    said = capsys.readouterr().out
    assert reason in said and "The course's fast_cifar_cnn takes its place." in said


@pytest.mark.parametrize("content", [b"no weights", "another network's"])
def test_a_broken_file_in_the_cache_is_an_error(content, tmp_path):
    file = cached(tmp_path)
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        torch.save(nn.Linear(2, 2).state_dict(), file)
    with pytest.raises(
        DataError, match=r"does not hold the weights of resnet18. Delete it"
    ):
        load_trunk("resnet18")


def test_a_frozen_trunk_stays_while_the_last_layer_trains():
    trunk = load_trunk()
    before = copy.deepcopy(trunk.features.state_dict())
    model = TransferNet(trunk.features, trunk.num_features, 3).train()
    weights = [p for p in model.parameters() if p.requires_grad]
    assert [tuple(p.shape) for p in weights] == [(3, 128), (3,)]
    model(torch.rand(4, 3, 32, 32)).sum().backward()
    torch.optim.SGD(weights, lr=0.1).step()
    for name, value in model.trunk.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert all(p.requires_grad for p in trunk.features.parameters())


def test_each_picture_of_the_folder_is_read_and_answered_as_the_loader_does():
    trunk = load_trunk()
    torch.manual_seed(0)
    model = TransferNet(trunk.features, trunk.num_features, 6).eval()
    listing = list_images(trashnet_folder())
    whole = {"val_fraction": 0, "test_fraction": 0}
    data = load_image_folder(trashnet_folder(), size=trunk.size, **whole)
    known = Known(data.class_names, trunk.mean, trunk.std, trunk.size)
    images = data.train_images
    by_pixels = {image.numpy().tobytes(): i for i, image in enumerate(images)}
    read = {file: read_image(file, size=trunk.size).numpy() for file in listing.files}
    files = {by_pixels[pixels.tobytes()]: file for file, pixels in read.items()}
    assert len(files) == len(data.train_targets) == 314
    got = []
    model.register_forward_hook(lambda layer, inputs, output: got.append(output))
    normal = {"mean": trunk.mean, "std": trunk.std}
    with torch.no_grad():
        for batch, _ in transfer.Loader(images, data.train_targets, **normal):
            model(batch)
    wanted = torch.cat(got)
    got.clear()
    for place in range(len(files)):
        predict_image(model, files[place], known)
    torch.testing.assert_close(torch.cat(got), wanted, atol=1e-5, rtol=0)


def test_the_surest_comes_first_and_the_mode_is_restored(tmp_path):
    write_classes(tmp_path, ["cat"], count=1)
    layers = nn.Flatten(), nn.Dropout(), nn.Linear(3 * 4 * 4, 3)
    model, known = nn.Sequential(*layers), Known(("ant", "bee", "cat"), HALF, HALF, 4)
    file = tmp_path / "cat" / "0000.png"
    said = predict_image(model, file, known)
    assert {*said} == {*known.class_names} and sum(said.values()) == pytest.approx(1)
    assert [*said.values()] == sorted(said.values(), reverse=True)
    assert said == predict_image(model, read_image(file, size=4), known)
    assert model.training and model[1].training


def test_confidence_after_a_softmax_is_said():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 4, 3), nn.Softmax(dim=1))
    known = Known(("ant", "bee", "cat"), HALF, HALF, 4)
    with pytest.warns(UserWarning, match="Is its last layer a softmax"):
        predict_image(model, torch.zeros(3, 4, 4, dtype=torch.uint8), known)


def test_every_class_has_its_confidence_and_none_is_nan():
    layers = nn.Flatten(), nn.Linear(3 * 4 * 6, 3)
    model, known = nn.Sequential(*layers), Known(("a", "b", "a"), HALF, HALF, (4, 6))
    pixels = torch.zeros(3, 4, 6, dtype=torch.uint8)
    assert {*predict_image(model, pixels, known)} == {"0: a", "b", "2: a"}
    with pytest.raises(TypeError, match="class_names is None; expected a list"):
        predict_image(model, pixels, known._replace(class_names=None))
    with torch.no_grad():
        model[1].bias.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="logits must be finite"):
        predict_image(model, pixels, known)
