"""A full disk or a place that cannot be written to costs one line, and nothing that is whole."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from tests.apis.models import ToyModel, write_toy_model
from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy
from tests.reliability.disks import fill, make_read_only, mounted, one_line, run_tool

Model = Callable[[str], ToyModel]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    with mounted(tmp_path / "disk", "size=16m") as folder:
        yield folder


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be written."""
    with mounted(tmp_path / "read_only", "size=1m") as folder:
        make_read_only(folder)
        yield folder


@pytest.fixture(scope="module")
def model(toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> ToyModel:
    """A pose model whose files are small."""
    options = {**NARROW["pose"], "model.backbone.arch": dict(ARCH, _delete_=True)}
    return write_toy_model("pose", toy_scenes, tmp_path_factory.mktemp("pose"), **options)


@pytest.fixture(scope="module")
def training(toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The config of a training of two epochs of two iterations."""
    cfg = small_toy("pose", toy_scenes, log_level="INFO", **NARROW["pose"])
    cfg.model.backbone.arch = ARCH
    cfg.train_dataloader.update(batch_size=2)
    cfg.train_dataloader.dataset.indices = 4
    cfg.train_cfg = dict(by_epoch=True, max_epochs=2, val_interval=5)
    cfg.default_hooks.checkpoint = dict(type="CheckpointHook", interval=1)
    cfg.default_hooks.logger.interval = 1
    path = tmp_path_factory.mktemp("training") / "config.py"
    cfg.dump(path)
    return path


@HOOKS.register_module()
class FillDisk(Hook):
    """Fills the disk of the work dir at an iteration, once."""

    def __init__(self, iteration: int, but: int) -> None:
        self._iteration, self._but = iteration, but

    def before_train_iter(self, runner: Any, *_: Any, **__: Any) -> None:
        disk = Path(runner.work_dir).parent
        if runner.iter == self._iteration and not (disk / "seen").exists():
            (disk / "seen").touch()
            fill(disk, but=self._but)


# What is left: room for logs but not for half a checkpoint; nothing.
@pytest.mark.parametrize(("what", "but"), [("checkpoint", 100_000), ("log", 0)])
def test_a_training_stops_and_goes_on(what: str, but: int, training: Path, disk: Path) -> None:
    work_dir = disk / "work"
    config = training.with_name(f"{what}.py")
    text = training.read_text()
    hook = f"custom_hooks.insert(0, dict(type='mmengine.FillDisk', iteration=2, but={but}))"
    config.write_text(f"{text}\n{hook}\n")
    command = ["train.py", config, "--work-dir", work_dir, "--resume"]
    line = one_line(run_tool(*command))
    assert "No space left on device" in line
    assert f"make room for {work_dir} and run it again, a training with --resume" in line
    assert (work_dir / "last_checkpoint").read_text() == str(work_dir / "epoch_1.pth")
    assert torch.load(work_dir / "epoch_1.pth", weights_only=True)["meta"]["iter"] == 2
    assert not (work_dir / "epoch_2.pth").exists()
    (disk / "filler").unlink()
    assert run_tool(*command) == 0
    assert (work_dir / "epoch_2.pth").exists()
    assert not list(work_dir.glob(".unfinished-*"))


Command = Callable[[ToyModel, Path, Path], list[object]]  # of model, image and place

COMMANDS: dict[str, Command] = {
    "test, metrics": lambda m, _, to: ["test.py", m.config, m.checkpoint, "--out", to / "a.json"],
    "test, dump": lambda m, _, to: ["test.py", m.config, m.checkpoint, "--dump", to / "a.pkl"],
    "test, drawings": lambda m, _, to: [
        "test.py",
        m.config,
        m.checkpoint,
        "--show-dir",
        to / "drawings",
    ],
    "predict": lambda m, image, to: [
        "predict.py",
        m.config,
        m.checkpoint,
        image,
        "--out-dir",
        to / "predictions",
    ],
    "export": lambda m, _, to: ["export.py", m.config, m.checkpoint, "--out", to / "bundle"],
    "convert": lambda m, _, to: ["convert_checkpoint.py", m.checkpoint, to / "a.pth"],
    "convert to safetensors": lambda m, _, to: [
        "convert_checkpoint.py",
        m.checkpoint,
        to / "a.safetensors",
    ],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_full_disk_refuses_is_written_later(
    name: str, model: ToyModel, images: list[Path], disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(disk.parent)  # for the logs of tests
    command = COMMANDS[name](model, images[0], disk)
    filler = fill(disk)
    line = one_line(run_tool(*command))  # type: ignore
    assert "No space left" in line or "errno=28" in line
    assert str(disk) in line or "model.onnx cannot be written" in line
    files = [
        path for path in disk.rglob("*") if path.is_file() and not path.name.endswith(".jsonl")
    ]
    assert files == [filler]
    filler.unlink()
    assert run_tool(*command) == 0  # type: ignore
    assert len([path for path in disk.rglob("*") if path.is_file()]) >= 1


@pytest.mark.parametrize("name", [*COMMANDS, "train"])
def test_a_place_that_cannot_be_written_to_is_named(  # noqa: PLR0917
    name: str,
    training: Path,
    model: ToyModel,
    images: list[Path],
    read_only: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(read_only.parent)
    commands = COMMANDS | {
        "train": lambda *_: ["train.py", training, "--work-dir", read_only / "work"]
    }
    line = one_line(run_tool(*commands[name](model, images[0], read_only)))  # type: ignore
    assert "Read-only file system" in line
    assert str(read_only) in line


FOLDERS: dict[str, Command] = {
    "config": lambda m, _, to: ["test.py", to, m.checkpoint],
    "checkpoint": lambda m, _, to: ["test.py", m.config, to],
    "metrics": lambda m, _, to: ["test.py", m.config, m.checkpoint, "--out", to],
    "dump": lambda m, _, to: ["test.py", m.config, m.checkpoint, "--dump", f"{to}.pkl"],
    "converted": lambda m, _, to: ["convert_checkpoint.py", m.checkpoint, f"{to}.pth"],
    "to convert": lambda m, _, to: ["convert_checkpoint.py", to, "out.pth"],
    "boxes": lambda m, image, to: [
        "predict.py",
        m.config,
        m.checkpoint,
        image,
        "--boxes",
        to,
        "--out-dir",
        "out",
    ],
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_in_the_place_of_a_file_is_named(
    name: str, model: ToyModel, images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("folder", "folder.pkl", "folder.pth"):
        (tmp_path / folder).mkdir()
    line = one_line(run_tool(*FOLDERS[name](model, images[0], tmp_path / "folder")))  # type: ignore
    assert str(tmp_path / "folder") in line
    assert "folder" in line.replace(str(tmp_path / "folder"), "") or "directory" in line.lower()


def test_a_file_in_the_place_of_a_folder_is_named(
    training: Path, model: ToyModel, images: list[Path], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    predict = ["predict.py", model.config, model.checkpoint, images[0], "--out-dir", file]
    for command in (["train.py", training, "--work-dir", file], predict):
        assert str(file) in one_line(run_tool(*command))  # type: ignore
    assert file.read_text() == "mine"


def test_symbolic_links_are_followed_and_stay(
    model: ToyModel, images: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    for link, target in {
        "config.py": model.config,
        "model.pth": model.checkpoint,
        "image.png": images[0],
        "out": tmp_path / "elsewhere",
        "converted.pth": tmp_path / "elsewhere" / "converted.pth",
    }.items():
        os.symlink(target, tmp_path / link)
    assert run_tool("predict.py", "config.py", "model.pth", "image.png", "--out-dir", "out") == 0
    assert (tmp_path / "elsewhere/predictions/image.json").is_file()
    assert run_tool("convert_checkpoint.py", "model.pth", "converted.pth") == 0
    assert (tmp_path / "converted.pth").is_symlink()
    assert torch.load(tmp_path / "elsewhere/converted.pth", weights_only=True)["state_dict"]
