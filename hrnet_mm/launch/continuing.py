"""Finds the checkpoint that a training goes on from."""

from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner.checkpoint import CheckpointLoader

from hrnet_mm.errors import CheckpointError, UserError

_NOTE = "last_checkpoint"
_PARTS = ("state_dict", "message_hub", "meta")  # of what mmengine's Runner resumes


def last_checkpoint(cfg: Config) -> str | None:
    """Find the checkpoint that a training in the ``work_dir`` of a config wrote last.

    mmengine notes its path. If the ``work_dir`` was copied or renamed since, the checkpoint of that
    name in it is used, not the one in the old folder. If that one is missing, damaged or not of a
    training, the one beside it with the most iterations is used, which is said in a line.

    Returns:
        Its path; None where no checkpoint was written yet.

    Raises:
        UserError: No checkpoint is left to continue from.
    """
    note = Path(cfg.work_dir, _NOTE)
    if not note.is_file():
        return None
    noted = note.read_text(errors="replace").strip()
    if "://" in noted:
        return noted
    hook = cfg.get("default_hooks", {}).get("checkpoint") or {}
    path = Path(noted) if hook.get("out_dir") else note.with_name(Path(noted).name or _NOTE)
    try:
        _iterations(path)
        return str(path)
    except (CheckpointError, OSError) as error:
        fault = str(error) if noted else "it is empty"
    before = _most_trained(path.parent)
    if before is None:
        raise UserError(
            f"cannot go on from what {note} names: {fault} There is no other checkpoint of a "
            f"training in {path.parent}: give one, --resume CKPT, or train without --resume"
        )
    if is_main_process():
        print(f"not going on from what {note} names, but from {before}: {fault}")
    return str(before)


def _most_trained(folder: Path) -> Path | None:
    done: dict[Path, int] = {}
    for path in folder.glob("*.pth"):
        if path.name.startswith("best_"):
            continue  # without the optimizer's state
        try:
            done[path] = _iterations(path)
        except (CheckpointError, OSError):  # as useless as the one that is noted
            continue
    return max(done, key=lambda path: done[path], default=None)


def _iterations(path: Path) -> int:
    """Return how many iterations a training had done when it wrote a checkpoint.

    Raises:
        CheckpointError: It is damaged, or none of a training.
        OSError: It cannot be read.
    """
    content = CheckpointLoader.load_checkpoint(str(path), map_location="cpu", logger="silent")
    is_whole = isinstance(content, dict) and all(
        isinstance(content.get(part), dict) for part in _PARTS
    )
    if not is_whole:
        raise CheckpointError(f"{path} is not a checkpoint of a training.")
    return int(content["meta"].get("iter", 0))
