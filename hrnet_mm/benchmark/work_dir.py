"""Finds the config, the checkpoints and what was logged in a work dir."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.runner import find_latest_checkpoint

from hrnet_mm.errors import UserError


def find_config(work_dir: Path) -> Path:
    """Return the config that the last run in a work dir has dumped there.

    Raises:
        FileNotFoundError: There is no such folder, or no config in it.
    """
    if not work_dir.is_dir():
        raise FileNotFoundError(f"there is no work dir {work_dir}; give the folder of a run")
    configs = sorted(work_dir.glob("*.py"), key=lambda path: path.stat().st_mtime)
    if not configs:
        raise FileNotFoundError(f"{work_dir} holds no config; give the folder of a finished run")
    return configs[-1]


def find_checkpoint(work_dir: Path) -> str | None:
    """Return the best checkpoint of a training, else the last, else None."""
    best = sorted(work_dir.glob("best_*.pth"), key=lambda path: path.stat().st_mtime)
    return str(best[-1]) if best else find_latest_checkpoint(str(work_dir))


def log_records(log: Path) -> Iterator[dict[str, Any]]:
    """Read a ``vis_data/scalars.json``; records of training have ``lr``, of validation they do not.

    Raises:
        UserError: It is broken; the message names the line.
    """
    lines = log.read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            yield json.loads(line)
        except json.JSONDecodeError as error:
            if number < len(lines):  # the last line may be incomplete if the run was killed
                raise UserError(f"{log}, line {number} is not json ({error})") from error
