"""The checkpoint that a training continues from."""

import shutil
from pathlib import Path

import pytest
from mmengine.config import Config

from hrnet_mm.launch.training import last_checkpoint


def _wrote(work_dir: Path, name: str = "epoch_3.pth") -> Path:
    """Leave what a training in that folder leaves."""
    work_dir.mkdir(parents=True)
    (work_dir / name).write_bytes(b"weights")
    (work_dir / "last_checkpoint").write_text(str(work_dir / name))
    return work_dir


def test_a_copied_work_dir_continues_from_its_own_checkpoint(tmp_path: Path) -> None:
    a = _wrote(tmp_path / "a")
    b = Path(shutil.copytree(a, tmp_path / "b"))
    assert last_checkpoint(Config(dict(work_dir=str(b)))) == str(b / "epoch_3.pth")
    assert last_checkpoint(Config(dict(work_dir=str(a)))) == str(a / "epoch_3.pth")
    c = a.rename(tmp_path / "c")
    assert last_checkpoint(Config(dict(work_dir=str(c)))) == str(c / "epoch_3.pth")


def test_a_work_dir_copied_without_its_checkpoint_is_refused(tmp_path: Path) -> None:
    a = _wrote(tmp_path / "a")
    b = tmp_path / "b"
    shutil.copytree(a, b, ignore=shutil.ignore_patterns("*.pth"))
    with pytest.raises(ValueError, match=rf"names {a}/epoch_3\.pth, but there is no {b}/epoch_3"):
        last_checkpoint(Config(dict(work_dir=str(b))))


def test_an_empty_note_of_the_last_checkpoint_is_refused(tmp_path: Path) -> None:
    (_wrote(tmp_path / "a") / "last_checkpoint").write_text("\n")
    with pytest.raises(ValueError, match=r"a/last_checkpoint is empty: .*--resume CKPT"):
        last_checkpoint(Config(dict(work_dir=str(tmp_path / "a"))))


def test_checkpoints_kept_elsewhere_are_found_there(tmp_path: Path) -> None:
    work, out = _wrote(tmp_path / "work"), _wrote(tmp_path / "out" / "work")
    (work / "last_checkpoint").write_text(str(out / "epoch_3.pth"))
    hooks = dict(checkpoint=dict(type="CheckpointHook", out_dir=str(tmp_path / "out")))
    cfg = Config(dict(work_dir=str(work), default_hooks=hooks))
    assert last_checkpoint(cfg) == str(out / "epoch_3.pth")
    assert last_checkpoint(Config(dict(work_dir=str(tmp_path)))) is None
