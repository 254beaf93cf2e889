"""Whatever happens while a checkpoint is saved, there is a whole one to resume from."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from mmengine import runner as mmengine_runner
from mmengine.fileio import LocalBackend
from mmengine.hooks import checkpoint_hook
from mmengine.runner import save_checkpoint

from hrnet_mm.checkpoint import reading, writing
from hrnet_mm.post_import import install
from tests.checkpoint.killed_runs import POINTS
from tests.tiny_runner import run_python, tiny_runner

install([*reading.PATCHES, *writing.PATCHES])


def train(work_dir: Path, *, epochs: int, resume: bool = False, **hook: Any) -> None:
    hook = {"type": "CheckpointHook", "interval": 1, "max_keep_ckpts": 1, **hook}
    tiny_runner(work_dir, epochs=epochs, resume=resume, default_hooks={"checkpoint": hook}).train()


def checkpoints(work_dir: Path) -> set[str]:
    return {path.name for path in work_dir.iterdir() if ".pth" in path.name}


def last_checkpoint(work_dir: Path) -> Path:
    return Path((work_dir / "last_checkpoint").read_text())


def is_whole(path: Path) -> bool:
    try:
        torch.load(path, weights_only=True)
    except (OSError, RuntimeError):
        return False
    return True


# Killed


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed")
    run = run_python(
        "import sys; from pathlib import Path; from tests.checkpoint.killed_runs import main;"
        "main(Path(sys.argv[1]))",
        str(folder),
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.mark.parametrize("point", POINTS)
def test_killed_training_leaves_a_whole_last_checkpoint(killed: Path, point: str) -> None:
    work_dir = killed / "repaired" / point
    assert not (work_dir / "epoch_4.pth").exists()  # it was killed
    assert is_whole(last_checkpoint(work_dir))
    assert all(is_whole(path) for path in work_dir.glob("*.pth"))


@pytest.mark.parametrize("point", POINTS)
def test_killed_training_resumes_and_cleans_up(killed: Path, point: str) -> None:
    work_dir = killed / "repaired" / point
    train(work_dir, epochs=4, resume=True)
    assert checkpoints(work_dir) == {"epoch_4.pth"}
    assert last_checkpoint(work_dir).name == "epoch_4.pth"


@pytest.mark.parametrize("point", ["before writing", "in the middle"])
def test_stock_mmengine_is_left_without_a_checkpoint(killed: Path, point: str) -> None:
    work_dir = killed / "stock" / point
    assert not is_whole(last_checkpoint(work_dir))
    assert not any(is_whole(path) for path in work_dir.glob("*.pth"))


# Full disk


def fail(stock: Callable[..., None], backend: LocalBackend, data: bytes, path: str) -> None:
    stock(backend, data[: len(data) // 2], path)
    raise OSError(errno.ENOSPC, "No space left on device", path)


@pytest.mark.parametrize("hook", [{}, {"save_best": "tiny/seen", "rule": "greater"}])
def test_full_disk_leaves_the_old_checkpoint(
    hook: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path, epochs=1, **hook)
    before = checkpoints(tmp_path)
    stock = LocalBackend.put
    monkeypatch.setattr(LocalBackend, "put", lambda *args: fail(stock, *args))
    with pytest.raises(OSError, match="No space left"):
        train(tmp_path, epochs=2, resume=True, **hook)
    assert checkpoints(tmp_path) == before
    assert last_checkpoint(tmp_path).name == "epoch_1.pth"
    assert is_whole(tmp_path / "epoch_1.pth")


def test_full_disk_leaves_the_old_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path, epochs=1)
    replace = os.replace

    def replace_or_fail(source: Path, target: Path) -> None:
        if target.name == "last_checkpoint":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_or_fail)
    with pytest.raises(OSError, match="No space left"):
        train(tmp_path, epochs=2, resume=True)
    assert last_checkpoint(tmp_path).name == "epoch_1.pth"
    assert is_whole(tmp_path / "epoch_1.pth")


# What is kept


@pytest.mark.parametrize("limit", [1, 2, -1])
def test_as_many_checkpoints_are_kept_as_are_asked_for(limit: int, tmp_path: Path) -> None:
    train(tmp_path, epochs=3, max_keep_ckpts=limit)
    train(tmp_path, epochs=5, resume=True, max_keep_ckpts=limit)
    kept = range(1, 6) if limit == -1 else range(6 - limit, 6)
    assert checkpoints(tmp_path) == {f"epoch_{epoch}.pth" for epoch in kept}


def test_checkpoints_by_iteration_in_a_folder_of_their_own(tmp_path: Path) -> None:
    train(tmp_path / "run", epochs=2, by_epoch=False, out_dir=str(tmp_path / "out"))
    assert checkpoints(tmp_path / "out" / "run") == {"iter_4.pth"}
    assert last_checkpoint(tmp_path / "run") == tmp_path / "out" / "run" / "iter_4.pth"


@pytest.mark.parametrize("metrics", [["tiny/improving"], ["tiny/improving", "tiny/seen"]])
def test_only_the_newest_best_checkpoint_is_kept(metrics: list[str], tmp_path: Path) -> None:
    """And it is whole before the old one is deleted."""
    best_seen: list[int] = []
    remove = LocalBackend.remove

    def count_best(backend: LocalBackend, path: str) -> None:
        best_seen.append(len(list(tmp_path.glob("best_tiny_improving*.pth"))))
        remove(backend, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalBackend, "remove", count_best)
        train(tmp_path, epochs=3, save_best=metrics, rule="greater", max_keep_ckpts=-1)
    assert best_seen == [2, 2]
    best = {name for name in checkpoints(tmp_path) if "improving" in name}
    assert best == {"best_tiny_improving_epoch_3.pth"}


def test_a_copied_work_dir_leaves_the_best_checkpoint_of_the_original(tmp_path: Path) -> None:
    original, copy = tmp_path / "a", tmp_path / "b"
    options: dict[str, Any] = dict(save_best="tiny/improving", rule="greater")
    train(original, epochs=1, **options)
    before = checkpoints(original)
    shutil.copytree(original, copy)
    (copy / "last_checkpoint").write_text(str(copy / "epoch_1.pth"))
    train(copy, epochs=3, resume=True, **options)  # its evaluations are counted anew
    assert checkpoints(original) == before
    assert "best_tiny_improving_epoch_3.pth" in checkpoints(copy)


def test_published_checkpoint_is_whole(tmp_path: Path) -> None:
    train(tmp_path, epochs=1, published_keys=["meta", "state_dict"])
    (published,) = tmp_path.glob("epoch_1-*.pth")
    assert set(torch.load(published, weights_only=True)) == {"meta", "state_dict"}


# Where nothing is to be repaired


def test_remote_files_are_written_by_their_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    class Remote:
        def put(self, data: bytes, path: str) -> None:
            written.append(path)

    stock = mmengine_runner.checkpoint
    monkeypatch.setattr(stock, "get_file_backend", lambda *_, **__: Remote())
    monkeypatch.setattr(stock.FileClient, "infer_client", lambda *_: Remote())
    save_checkpoint({}, "s3://bucket/epoch_1.pth")
    assert written == ["s3://bucket/epoch_1.pth"]


def test_mmengine_that_writes_whole_files_is_left_alone() -> None:
    def save_checkpoint(checkpoint: Any, filename: str) -> None:
        torch.save(checkpoint, filename + ".new")
        os.replace(filename + ".new", filename)

    class CheckpointHook:
        def _save_checkpoint_with_step(self, runner: Any, step: int, meta: Any) -> None:
            runner.save_checkpoint(step)

    fixed = ModuleType("fixed")
    fixed.__dict__.update(save_checkpoint=save_checkpoint, CheckpointHook=CheckpointHook)
    whole, order = writing.PATCHES
    assert not whole.is_needed(fixed)
    assert not order.is_needed(fixed)
    assert "open" in checkpoint_hook.__dict__  # and here it was repaired
