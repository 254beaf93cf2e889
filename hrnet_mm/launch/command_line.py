"""The command line options of a run, and the config that they make."""

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction

from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.memory_format import MEMORY_FORMATS
from hrnet_mm.launch.clear_errors import SHOW_TRACEBACK

LAUNCHERS = ("none", "pytorch", "slurm", "mpi")


@dataclass(kw_only=True)
class RunOptions:
    """What the command line changes in a config.

    Attributes:
        config: Path of the config file, or the name of a model of the zoo.
        work_dir: Folder for logs and checkpoints; None for the config's, else work_dirs/<name>.
        launcher: What started the processes, one of `LAUNCHERS`; "pytorch" is torchrun.
        cfg_options: Overrides, by dotted key.
        memory_format: Of the backbone, one of `MEMORY_FORMATS`.
    """

    config: str
    work_dir: str | None = None
    launcher: str = "none"
    cfg_options: dict[str, Any] = field(default_factory=dict)
    memory_format: str = "auto"

    def load(self) -> Config:
        """Read the config and apply the overrides.

        Raises:
            UserError: There is neither such a file nor such a name, the file is no config, or an
                override does not fit into it.
        """
        cfg = read_config(self.config, self.cfg_options)
        cfg.launcher = self.launcher
        cfg.work_dir = self.work_dir or work_dir_of(cfg)
        return cfg


def work_dir_of(cfg: Config) -> str:
    """Return a config's own work_dir, else one by its file name."""
    return cfg.get("work_dir") or f"work_dirs/{Path(str(cfg.filename)).stem}"


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
    parser.add_argument("config", help="config file, or a name of docs/model_zoo.md")
    parser.add_argument("--work-dir", help="folder for logs and checkpoints")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    parser.add_argument(
        "--launcher", choices=LAUNCHERS, default="none", help="what started the processes"
    )
    add_memory_format(parser)
    # torch.distributed.launch passes it; torchrun sets the variable instead.
    parser.add_argument("--local_rank", "--local-rank", type=int, help=argparse.SUPPRESS)
    return parser


def add_memory_format(parser: argparse.ArgumentParser) -> None:
    """Add the option that training, testing and prediction share."""
    parser.add_argument(
        "--memory-format",
        choices=MEMORY_FORMATS,
        default="auto",
        help="of the backbone; auto: what is faster on the device",
    )


def run_options(args: argparse.Namespace) -> RunOptions:
    """Read the options of `run_parser`."""
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    return RunOptions(
        config=args.config,
        work_dir=args.work_dir,
        launcher=args.launcher,
        cfg_options=args.cfg_options,
        memory_format=args.memory_format,
    )
