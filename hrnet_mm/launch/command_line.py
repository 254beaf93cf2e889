"""The command line options of a run, and the config that they make."""

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction

from hrnet_mm.errors import UserError
from hrnet_mm.launch.clear_errors import SHOW_TRACEBACK

LAUNCHERS = ("none", "pytorch", "slurm", "mpi")


@dataclass(kw_only=True)
class RunOptions:
    """What the command line changes in a config.

    Attributes:
        config: Path of the config file.
        work_dir: Folder for logs and checkpoints; None for the config's, else work_dirs/<name>.
        launcher: What started the processes, one of `LAUNCHERS`; "pytorch" is torchrun.
        cfg_options: Overrides, by dotted key.
    """

    config: str
    work_dir: str | None = None
    launcher: str = "none"
    cfg_options: dict[str, Any] = field(default_factory=dict)

    def load(self) -> Config:
        """Read the config file and apply the overrides.

        Raises:
            FileNotFoundError: There is no such file.
            UserError: The file is no config, or an override does not fit into it.
        """
        if not Path(self.config).is_file():
            raise FileNotFoundError(
                f"there is no config file {self.config}; give one, as those below configs/"
            )
        try:
            cfg = Config.fromfile(self.config)
        except Exception as error:  # a config is a Python program, which can raise anything
            name = "" if isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: "
            raise UserError(f"cannot read the config {self.config}: {name}{error}") from error
        _sort_by_number([*cfg.values()])
        override(cfg, self.cfg_options)
        cfg.launcher = self.launcher
        cfg.work_dir = self.work_dir or cfg.get("work_dir") or f"work_dirs/{Path(self.config).stem}"
        return cfg


def _sort_by_number(node: Any) -> None:
    """Sort dicts whose keys are numbers, such as the keypoints of a metainfo.

    In a config that mmengine has dumped, 10 comes before 2, and mmpose flips keypoints by order.
    """
    if isinstance(node, dict):
        if all(type(key) is int for key in node):
            for key in sorted(node):
                node[key] = node.pop(key)
        _sort_by_number([*node.values()])
    elif isinstance(node, (list, tuple)):
        for child in node:
            _sort_by_number(child)


def override(cfg: Config, options: dict[str, Any]) -> None:
    """Apply overrides, by dotted key.

    Raises:
        UserError: One does not fit into the config.
    """
    try:
        cfg.merge_from_dict(options)
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"--cfg-options do not fit the config: {error.args[0]}") from error


class Overrides(DictAction):
    """mmengine's ``key=value`` option, with argparse's error for anything else."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        for value in values:
            if "=" not in value:
                raise argparse.ArgumentError(self, f"{value!r}: write key=value")
        try:
            super().__call__(parser, namespace, values, option_string)
        except AssertionError as error:
            raise argparse.ArgumentError(self, str(error)) from error


def run_parser(*, description: str | None) -> argparse.ArgumentParser:
    """Make a command line parser with the options that all runs share, OpenMMLab's own."""
    parser = argparse.ArgumentParser(
        description=description, epilog=f"{SHOW_TRACEBACK}=1 shows where an error was raised."
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("--work-dir", help="folder for logs and checkpoints")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    parser.add_argument(
        "--launcher", choices=LAUNCHERS, default="none", help="what started the processes"
    )
    # torch.distributed.launch passes it; torchrun sets the variable instead.
    parser.add_argument("--local_rank", "--local-rank", type=int, help=argparse.SUPPRESS)
    return parser


def run_options(args: argparse.Namespace) -> RunOptions:
    """Read the options of `run_parser`."""
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    return RunOptions(
        config=args.config,
        work_dir=args.work_dir,
        launcher=args.launcher,
        cfg_options=args.cfg_options,
    )
