"""What is said when a checkpoint does not load is true: of the file, the memory, the network."""

import io
import zipfile
from collections.abc import Callable
from http.client import IncompleteRead
from pathlib import Path
from ssl import SSLError
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
import torch
from mmengine.runner import load_checkpoint

from hrnet_mm.checkpoint import reading
from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import CannotPatchError
from tests.tiny_runner import TinyModel, run_python

AGAIN = "Get the file again"


@pytest.fixture(params=[True, False], ids=["zip", "before torch 1.6"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "good.pth"
    weights = {"state_dict": TinyModel().state_dict(), "large": torch.zeros(2000)}
    torch.save(weights, path, _use_new_zipfile_serialization=request.param)
    return path


def error_of(source: Path | str, map_location: Any = "cpu") -> str:
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(TinyModel(), str(source), map_location=map_location)
    assert str(error.value).startswith(f"Cannot load the checkpoint {source}: ")
    return str(error.value)


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


# Memory and device


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't "
                     "allocate memory: you tried to allocate 8 bytes. Error code 12"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:80] data. DefaultCPUAllocator: not enough "
                     "memory: you tried to allocate 8 bytes."),
        MemoryError(),
    ],
    ids=["CUDA", "CUDA's driver", "Linux", "Windows", "Python"],
)  # fmt: skip
@pytest.mark.parametrize("map_location", ["cpu", None])
def test_want_of_memory_is_said(
    error: Exception, map_location: Any, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "load", raising(error))
    text = error_of(checkpoint, map_location)
    assert "not enough memory" in text
    assert str(error) in text
    assert "map_location='cpu'" in text
    assert AGAIN not in text


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("map_location", ["cuda", "cuda:7", "nonsense", 7])
def test_a_whole_file_is_not_blamed_for_the_device(map_location: Any, checkpoint: Path) -> None:
    text = error_of(checkpoint, map_location)
    assert "but does with map_location='cpu'" in text
    assert AGAIN not in text


# Names and network


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("open-mmlab://hrnetv2_w32", "msra/hrnetv2_w32"),
        ("open-mmlab://msra/hrnetv2_w23", "msra/hrnetv2_w32"),
        ("openmmlab://msra/hrnet", "msra/hrnetv2_w"),
        ("torchvision://resnet_50", "resnet50"),
        ("modelzoo://resnet5", "resnet50"),
        ("mmcls://hrnet_32", ""),
        ("open-mmlab://", ""),
    ],
)
def test_an_unknown_model_is_said_with_those_like_it(name: str, near: str) -> None:
    text = error_of(name)
    assert f"has no model {name.partition('://')[2]}" in text
    assert near in text.partition("has no model")[2].partition(", but ")[2]
    assert "_models() lists" in text
    assert AGAIN not in text


URL = "https://a.b/weights.pth"


@pytest.mark.parametrize(
    "error",
    [
        URLError("Name or service not known"),
        HTTPError(URL, 404, "Not Found", hdrs=None, fp=io.BytesIO()),  # pyright: ignore
        ConnectionResetError("Connection reset by peer"),
        TimeoutError("timed out"),
        IncompleteRead(b"abc", 7),
        SSLError("certificate verify failed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_network_is_said(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", raising(error))
    text = error_of(URL)
    assert f"cannot be downloaded ({type(error).__name__}" in text
    assert "network" in text
    assert AGAIN not in text


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), OSError(28, "No space left")])
def test_what_says_the_cause_by_itself_is_left_alone(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", raising(error))
    with pytest.raises(type(error)):
        load_checkpoint(TinyModel(), URL)


def test_a_damaged_copy_of_a_url_is_to_be_deleted(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    copy = tmp_path / "hub" / "checkpoints" / "weights.pth"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"<!DOCTYPE html>" + checkpoint.read_bytes())
    text = error_of(URL)
    assert "it is not a PyTorch checkpoint" in text
    assert f"Delete {copy}" in text


# The file


def test_a_damaged_file_is_to_be_got_again(checkpoint: Path) -> None:
    data = checkpoint.read_bytes()
    checkpoint.write_bytes(data[: len(data) // 2])
    assert AGAIN in error_of(checkpoint)


def test_damage_inside_an_archive_is_found(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.pth", tmp_path / "broken.pth"
    torch.save({"state_dict": {"a": torch.arange(1000)}}, whole)
    with zipfile.ZipFile(whole) as archive:
        pickled = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        content = archive.read(pickled)
    path.write_bytes(whole.read_bytes().replace(content, bytes(len(content))))
    text = error_of(path)
    assert "data.pkl in it does not have its checksum" in text
    assert AGAIN in text


# An old PyTorch


@pytest.mark.parametrize("version", ["1.13.1", "2.1.0", "2.4.1+cu121", "2.5.1"])
def test_an_old_pytorch_is_refused(
    version: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "__version__", version)
    text = error_of(checkpoint)
    assert f"PyTorch {version} is installed, it takes 2.6 or newer (pip install" in text
    assert AGAIN not in text
    with pytest.raises(CannotPatchError, match=r"2\.6 or newer"):
        reading._allow_types(torch)


@pytest.mark.parametrize("version", ["2.6.0", "2.6.0a0+df5bbc0", "2.10.1+cpu", "3.0.0"])
def test_a_newer_pytorch_loads(
    version: str, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "__version__", version)
    assert "state_dict" in load_checkpoint(TinyModel(), str(checkpoint))


OLD = """
import torch
torch.__version__ = "2.3.1"
del torch.serialization.get_safe_globals  # since 2.4
import hrnet_mm, mmengine.runner
from hrnet_mm.post_import import outcomes
print(outcomes["checkpoints of mmengine load with weights_only=True"])
"""


def test_an_old_pytorch_still_imports() -> None:
    done = run_python(OLD)
    assert done.returncode == 0, done.stderr
    expected = "not repaired: PyTorch 2.3.1 is installed, it takes 2.6 or newer (pip install"
    assert done.stdout.startswith(expected)
    assert "RuntimeWarning" not in done.stderr
