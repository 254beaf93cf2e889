"""The checkpoint that a training continues from."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.errors import UserError
from hrnet_mm.launch.continuing import last_checkpoint


def _save(path: Path, *, iteration: int, **parts: Any) -> None:
    content = dict(state_dict={}, message_hub={}, optimizer={}, meta=dict(iter=iteration))
    torch.save(content | parts, path)


def _wrote(work_dir: Path, *, epochs: tuple[int, ...] = (3,)) -> Path:
    """Leave what a training in that folder leaves."""
    work_dir.mkdir(parents=True)
    for epoch in epochs:
        _save(work_dir / f"epoch_{epoch}.pth", iteration=10 * epoch)
    (work_dir / "last_checkpoint").write_text(str(work_dir / f"epoch_{epochs[-1]}.pth"))
    return work_dir


def _last(work_dir: Path) -> str | None:
    return last_checkpoint(Config(dict(work_dir=str(work_dir))))


def test_a_copied_work_dir_continues_from_its_own_checkpoint(tmp_path: Path) -> None:
    a = _wrote(tmp_path / "a")
    b = Path(shutil.copytree(a, tmp_path / "b"))
    assert _last(b) == str(b / "epoch_3.pth")
    assert _last(a) == str(a / "epoch_3.pth")
    c = a.rename(tmp_path / "c")
    assert _last(c) == str(c / "epoch_3.pth")


def test_checkpoints_kept_elsewhere_are_found_there(tmp_path: Path) -> None:
    work, out = _wrote(tmp_path / "work"), _wrote(tmp_path / "out" / "work")
    (work / "last_checkpoint").write_text(str(out / "epoch_3.pth"))
    hooks = dict(checkpoint=dict(type="CheckpointHook", out_dir=str(tmp_path / "out")))
    cfg = Config(dict(work_dir=str(work), default_hooks=hooks))
    assert last_checkpoint(cfg) == str(out / "epoch_3.pth")


def test_nothing_to_continue_from(tmp_path: Path) -> None:
    assert _last(tmp_path) is None


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


FAULTS: dict[str, tuple[Any, str]] = {
    "missing": (Path.unlink, "can not be found"),
    "truncated": (_truncate, "it is truncated: its end is missing"),
    "empty": (lambda path: path.write_bytes(b""), "it is empty"),
    "of another program": (lambda path: path.write_text("weights"), "not a PyTorch checkpoint"),
    "weights alone": (
        lambda path: torch.save({"conv.weight": torch.zeros(1)}, path),
        "is not a checkpoint of a training",
    ),
    "a list": (lambda path: torch.save([1, 2], path), "is not a checkpoint of a training"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "is a folder"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_one_before_is_taken_and_a_line_says_so(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work_dir = _wrote(tmp_path / "work", epochs=(2, 1, 3))
    damage, why = FAULTS[fault]
    damage(work_dir / "epoch_3.pth")
    _save(work_dir / "best_AP_epoch_2.pth", iteration=25)  # it has no optimizer
    assert _last(work_dir) == str(work_dir / "epoch_2.pth")
    (line,) = capsys.readouterr().out.splitlines()
    note = work_dir / "last_checkpoint"
    assert line.startswith(f"not going on from what {note} names, but from {work_dir}/epoch_2.pth:")
    assert why in line


@pytest.mark.parametrize("note", ["", "\n", "\0\xff\n", "no/such/file.pth"])
def test_a_note_that_is_no_path_of_a_file(note: str, tmp_path: Path) -> None:
    work_dir = _wrote(tmp_path / "work")
    (work_dir / "last_checkpoint").write_bytes(note.encode("latin-1"))
    assert _last(work_dir) == str(work_dir / "epoch_3.pth")


@pytest.mark.parametrize("fault", FAULTS)
def test_where_no_other_is_left_it_is_refused(fault: str, tmp_path: Path) -> None:
    work_dir = _wrote(tmp_path / "work")
    FAULTS[fault][0](work_dir / "epoch_3.pth")
    with pytest.raises(UserError) as caught:
        _last(work_dir)
    message = str(caught.value)
    assert message.startswith(f"cannot go on from what {work_dir}/last_checkpoint names: ")
    assert FAULTS[fault][1] in message
    assert message.endswith("give one, --resume CKPT, or train without --resume")
    assert "\n" not in message
