"""What cannot be compiled is used as it is; what fails elsewhere is told; maps grow."""

import pytest
import torch

from course_utils.chapters.faster_and_further import large_batches, measuring
from course_utils.models import FashionCNN


def test_what_cannot_be_compiled_is_used_as_it_is(monkeypatch, capsys):
    def no_compiler(function):
        def fail(*args):
            raise RuntimeError("InvalidCxxCompiler: No working C++ compiler found\n\n…")

        return fail

    monkeypatch.setenv("COURSE_PROFILE", "cpu")
    monkeypatch.setattr(torch, "compile", no_compiler)
    assert measuring.compiled(abs, -1)(-2) == 2
    words = "not compiled, and used as it is: InvalidCxxCompiler: No working C++"
    assert capsys.readouterr().out.startswith(words)


def test_a_training_that_fails_is_told_with_its_last_lines():
    words = ["-m", "course_utils", "train", "FashionANN", "--epochs=0"]
    with pytest.raises(
        RuntimeError, match="exit code 1; its last lines:\nerror: epoch"
    ):
        measuring.train_in_processes(words)


def test_kept_maps_grow_with_the_batch():
    model = FashionCNN()
    few, many = (
        large_batches.kept_bytes(model, torch.rand(n, 1, 28, 28)) for n in (32, 128)
    )
    assert 3.9 < many / few <= 4.0
    maps = 4 * (28 * 28 + 32 * 13**2 + 64 * 6**2 + 128 * 2**2)  # at least, an image
    assert few > 32 * maps
