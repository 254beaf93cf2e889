"""Checkpoints of a real Runner load and resume; hostile and broken files are refused by name."""

import os
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner import load_checkpoint
from torch import nn

from hrnet_mm.checkpoint import reading
from hrnet_mm.checkpoint.reading import PATCHES, _lacks_types
from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import install
from tests.tiny_runner import TinyModel, run_python, tiny_runner

install(PATCHES)

FORCE = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
FORCE_NO = "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "good.pth"
    torch.save({"state_dict": TinyModel().state_dict()}, path)
    return path


def load(path: Path | str) -> dict[str, Any]:
    return load_checkpoint(TinyModel(), str(path))


# What mmengine writes

LINEAR = {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "end": 2}
ONE_CYCLE = {"type": "OneCycleLR", "eta_max": 0.1, "total_steps": 8, "by_epoch": False}
ON_PLATEAU = {"type": "ReduceOnPlateauLR", "monitor": "tiny/seen"}
EMA = {"type": "EMAHook"}
SAVE_BEST = {"type": "CheckpointHook", "save_best": "tiny/seen", "rule": "greater", "interval": 1}
SETTINGS: dict[str, tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = {
    "linear and steps": ("SGD", [LINEAR, {"type": "MultiStepLR", "milestones": [1]}], []),
    "cosine and EMA": ("Adam", [{"type": "CosineAnnealingLR", "T_max": 2}], [EMA]),
    "one cycle": ("AdamW", [ONE_CYCLE], []),
    "one linear cycle": ("SGD", [{**ONE_CYCLE, "anneal_strategy": "linear"}], []),
    "plateau": ("SGD", [{"type": "PolyLR"}, ON_PLATEAU], []),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_runner_resumes_its_checkpoint(name: str, tmp_path: Path) -> None:
    optimizer, schedulers, hooks = SETTINGS[name]

    def runner(epochs: int, resume: bool) -> Any:
        return tiny_runner(
            tmp_path,
            epochs=epochs,
            resume=resume,
            optim_wrapper={"optimizer": {"type": optimizer, "lr": 0.01}},
            param_scheduler=[dict(scheduler) for scheduler in schedulers],
            custom_hooks=[dict(hook) for hook in hooks],
            default_hooks={
                "logger": {"type": "LoggerHook", "interval": 1},
                "checkpoint": SAVE_BEST,
            },
        )

    runner(epochs=1, resume=False).train()
    for path in tmp_path.glob("*.pth"):
        torch.load(path, weights_only=True)
    resumed = runner(epochs=2, resume=True)
    resumed.train()
    history = resumed.message_hub.get_scalar("train/loss").data[0]
    assert len(history) == 4  # two iterations before and two after
    assert (tmp_path / "epoch_2.pth").is_file()


def test_dataset_meta_with_arrays_survives(tmp_path: Path) -> None:
    tiny_runner(tmp_path).train()
    meta = load(tmp_path / "epoch_1.pth")["meta"]["dataset_meta"]
    assert meta["sigmas"].dtype == np.float32
    assert meta["colors"].tolist() == [[1, 2, 3]]
    assert isinstance(meta["weight"], np.float64)


def test_numpy_1_spelling_loads(tmp_path: Path) -> None:
    new, old = tmp_path / "numpy2.pth", tmp_path / "numpy1.pth"
    torch.save({"state_dict": {}, "array": np.arange(3), "scalar": np.float64(2)}, new)
    with zipfile.ZipFile(new) as source, zipfile.ZipFile(old, "w") as target:
        for name in source.namelist():
            data = source.read(name).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
            target.writestr(name, data)
    loaded = load(old)
    assert loaded["array"].tolist() == [0, 1, 2]
    assert loaded["scalar"] == 2


STOCK = """
import sys
from tests.tiny_runner import tiny_runner
tiny_runner(sys.argv[1]).train()
tiny_runner(sys.argv[1], epochs=2, resume=True).train()
"""


def test_stock_mmengine_cannot_resume(tmp_path: Path) -> None:
    stock = run_python(STOCK, str(tmp_path))
    assert "Weights only load failed" in stock.stderr
    assert not (tmp_path / "epoch_2.pth").exists()


# Hostile files


class Hostile:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "before torch 1.6"])
def test_code_in_a_checkpoint_does_not_run(
    legacy: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORCE_NO, "1")
    written, path = tmp_path / "written", tmp_path / "hostile.pth"
    hostile = {"state_dict": Hostile(os.system, f"touch {written}")}
    torch.save(hostile, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(CheckpointError, match=r"hostile\.pth.*posix\.system.*could run any code"):
        load(path)
    assert not written.exists()
    assert os.environ[FORCE_NO] == "1"


def test_plain_pickle_with_code_does_not_run(tmp_path: Path) -> None:
    written, path = tmp_path / "written", tmp_path / "hostile.pkl"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.write_bytes(pickle.dumps(Hostile(os.system, f"touch {written}"), protocol))
        with pytest.raises(CheckpointError, match=r"hostile\.pkl"):
            load(path)
    assert not written.exists()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (HistoryBuffer, "__init__"),
        (HistoryBuffer, "__init__.__globals__"),
        (HistoryBuffer, "register_statistics"),
        (OneCycleParamScheduler, "__dict__"),
        (np.ndarray, "tofile"),
        ({}, "update"),
    ],
)
def test_getattr_in_a_checkpoint_serves_nothing_else(owner: Any, name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.pth"
    torch.save({"state_dict": Hostile(getattr, owner, name)}, path)
    with pytest.raises(CheckpointError, match=r"hostile\.pth: it holds getattr\("):
        load(path)


def test_loader_that_asks_for_any_pickle_gets_weights_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loader of onedl-mmengine, which falls back, and torch.hub behind every URL."""
    written, path = tmp_path / "written", tmp_path / "hostile.pth"
    torch.save({"state_dict": Hostile(os.system, f"touch {written}")}, path)

    def load_from_unsafe(filename: str, map_location: Any) -> Any:
        return torch.load(path, map_location=map_location, weights_only=False)

    schemes = mmengine_checkpoint.CheckpointLoader._schemes
    monkeypatch.setitem(schemes, "", load_from_unsafe)
    with pytest.raises(CheckpointError, match="system"):
        load(path)
    monkeypatch.undo()
    monkeypatch.setattr(torch.hub, "download_url_to_file", lambda *_, **__: None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = tmp_path / "hub" / "checkpoints" / "hostile.pth"
    cached.parent.mkdir(parents=True)
    path.rename(cached)
    with pytest.raises(CheckpointError, match=r"https://a\.b/hostile\.pth.*system"):
        load("https://a.b/hostile.pth")
    assert not written.exists()


# Broken files


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "before torch 1.6"])
def test_truncated_checkpoint_is_named(legacy: bool, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.pth", tmp_path / "cut.pth"
    large = torch.zeros(50_000)  # past 4 kB torch fails at another place
    weights = {"state_dict": TinyModel().state_dict(), "large": large}
    torch.save(weights, whole, _use_new_zipfile_serialization=not legacy)
    data = whole.read_bytes()
    for end in (1, 2, 3, 30, 5_000, len(data) // 3, len(data) // 2, len(data) - 60, len(data) - 1):
        path.write_bytes(data[:end])
        with pytest.raises(
            CheckpointError,
            match=r"cut\.pth: .*(truncated|not a PyTorch|corrupted|damaged|holds torch)",
        ):
            load(path)


def test_damaged_checkpoint_is_named(checkpoint: Path) -> None:
    data = bytearray(checkpoint.read_bytes())
    start = data.index(b"state_dict")
    data[start - 4 : start + 40] = bytes(44)
    checkpoint.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"good\.pth"):
        load(checkpoint)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"config = dict(type='HRNet')\n", "it is not a PyTorch checkpoint"),
        (b"<!DOCTYPE html>", "it is not a PyTorch checkpoint"),
        (pickle.dumps({"a": 1}), "it is"),
    ],
)
def test_file_that_is_no_checkpoint_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"other\.pth: {reason}"):
        load(path)


def test_other_archives_are_named(tmp_path: Path) -> None:
    archive, program = tmp_path / "other.zip", tmp_path / "program.pt"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("readme.txt", "no checkpoint")
    with pytest.raises(CheckpointError, match=r"other\.zip"):
        load(archive)
    torch.jit.script(nn.ReLU()).save(program)
    with pytest.raises(CheckpointError, match=r"program\.pt: it is a TorchScript program"):
        load(program)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.pth"):
        load(tmp_path / "nothing.pth")
    with pytest.raises(IsADirectoryError, match=f"{tmp_path} is a folder"):
        load(tmp_path)


# Where nothing is to be repaired


@pytest.fixture
def safe_globals() -> Iterator[None]:
    before = torch.serialization.get_safe_globals()
    yield
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(before)


@pytest.mark.usefixtures("safe_globals")
def test_types_are_left_to_an_mmengine_that_allows_them() -> None:
    assert not _lacks_types(mmengine_checkpoint)
    torch.serialization.clear_safe_globals()
    assert _lacks_types(mmengine_checkpoint)


@pytest.mark.usefixtures("safe_globals")
def test_plain_getattr_of_a_fork_is_replaced() -> None:
    torch.serialization.add_safe_globals([getattr])
    assert _lacks_types(mmengine_checkpoint)
    reading._allow_types(mmengine_checkpoint)
    assert getattr not in torch.serialization.get_safe_globals()
    assert not _lacks_types(mmengine_checkpoint)


def test_types_of_a_fork_lose_what_is_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = [slice, getattr, np.dtype, bytes]
    monkeypatch.setattr(
        mmengine_checkpoint, "get_torch_safe_globals", lambda: theirs, raising=False
    )
    reading._narrow_types_of_fork(mmengine_checkpoint)
    assert mmengine_checkpoint.get_torch_safe_globals() == [slice]  # type: ignore[attr-defined]


def test_good_checkpoint_loads_as_before(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FORCE, raising=False)
    weights = TinyModel().state_dict()
    assert set(load(checkpoint)["state_dict"]) == set(weights)
    loaded = mmengine_checkpoint.CheckpointLoader.load_checkpoint(checkpoint, "cpu")
    assert set(loaded["state_dict"]) == set(weights)
    assert FORCE not in os.environ
