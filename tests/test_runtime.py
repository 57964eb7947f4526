"""The profile, the seed, the device and the precision."""

import platform
import subprocess
import sys

import pytest
import torch

from course_utils import runtime

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "named, device, name",
    [
        ("ci", "cpu", "ci"),
        ("gpu", "cpu", "gpu"),
        ("", "cpu", "cpu"),
        ("", "mps", "gpu"),
    ],
)
def test_the_environment_chooses_the_profile_else_the_device(
    monkeypatch, named, device, name
):
    monkeypatch.setenv("COURSE_PROFILE", named)
    monkeypatch.setattr(runtime, "best_device", lambda: torch.device(device))
    assert runtime.current_profile().name == name


def test_an_unknown_profile_or_precision_is_told(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    with pytest.raises(ValueError, match="'fast'; expected 'cpu' or 'gpu' or 'ci'"):
        runtime.current_profile()
    with pytest.raises(ValueError, match="'half'"):
        runtime.autocast_dtype("half", CPU)


def test_a_seed_fixes_weights_and_orders():
    def draw():
        order = torch.randperm(9, generator=runtime.set_seed(3))
        return [*order.tolist(), *torch.rand(3).tolist()]

    assert draw() == draw()


def test_the_best_device_is_cuda_then_mps_then_cpu(monkeypatch):
    for cuda, mps, expected in [(1, 1, "cuda"), (0, 0, "cpu"), (0, 1, "mps")]:
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda mps=mps: mps)
        assert runtime.best_device().type == expected
    assert runtime.describe_device(CPU).startswith("cpu: ")
    assert "Mac" in runtime.describe_device(torch.device("mps"))


@pytest.mark.parametrize("native", [True, False])
def test_auto_takes_bfloat16_only_where_it_is_native(monkeypatch, native):
    monkeypatch.setattr(
        torch.cpu, "get_capabilities", lambda: {"avx512_bf16": native}, raising=False
    )
    expected = torch.bfloat16 if native else torch.float32
    assert runtime.autocast_dtype("auto", CPU) == expected
    assert runtime.autocast_dtype("float16", CPU) == torch.float16


@pytest.mark.parametrize("capability", [(6, 1), (7, 5), (8, 0)])
def test_auto_takes_float16_on_a_gpu_with_tensor_cores_for_nothing_else(
    monkeypatch, capability
):
    gpu, native = torch.device("cuda"), capability >= (8, 0)
    is_native = lambda including_emulation: native  # noqa: E731
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_native)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    expected = {(6, 1): torch.float32, (7, 5): torch.float16, (8, 0): torch.bfloat16}
    assert runtime.autocast_dtype("auto", gpu) == expected[capability]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about glibc")
def test_freed_memory_is_kept_for_the_next_step():
    code = (
        "import resource, sys, torch\n"
        "from course_utils.runtime import keep_freed_memory\n"
        "if 'keep' in sys.argv: keep_freed_memory()\n"
        "def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "def step(): return [torch.ones(2**19) for _ in range(40)]\n"
        "step(); before = faults()\n"
        "for _ in range(10): step()\n"
        "print(faults() - before)"
    )
    command = [sys.executable, "-c", code]
    default = int(subprocess.check_output(command))
    kept = int(subprocess.check_output([*command, "keep"]))
    assert kept < default / 2
