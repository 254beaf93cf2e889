"""Training and testing of any toolbox's config, for ``tools/train.py`` and ``tools/test.py``."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from hrnet_mm.compat.checkpoint_loading import CheckpointError
from hrnet_mm.engine.checks import check_config
from hrnet_mm.engine.environment import describe_environment

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
        """
        if not Path(self.config).is_file():
            raise FileNotFoundError(f"there is no config file {self.config}")
        cfg = Config.fromfile(self.config)
        cfg.merge_from_dict(self.cfg_options)
        cfg.launcher = self.launcher
        cfg.work_dir = self.work_dir or cfg.get("work_dir", f"work_dirs/{Path(self.config).stem}")
        return cfg


def run_parser(*, description: str | None) -> argparse.ArgumentParser:
    """Make a command line parser with the options that all runs share, OpenMMLab's own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("config", help="config file")
    parser.add_argument("--work-dir", help="folder for logs and checkpoints")
    parser.add_argument(
        "--cfg-options", nargs="+", action=DictAction, default={}, help="overrides, key=value"
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


def train(options: RunOptions, *, resume: str | None, amp: bool, auto_scale_lr: bool) -> Runner:
    """Train a config with mmengine's Runner.

    Args:
        options: The config and its overrides.
        resume: "auto" for the last checkpoint of the work_dir, a path for that checkpoint, None to
            start anew.
        amp: Whether to train with automatic mixed precision.
        auto_scale_lr: Whether to scale the learning rate by the batch size of all processes.

    Returns:
        The runner, after training.

    Raises:
        ValueError: The config lacks what an option needs, or its data are not as it says.
        FileNotFoundError: A file or folder that the config names does not exist.
    """
    cfg = options.load()
    if amp:
        cfg.optim_wrapper.update(type="AmpOptimWrapper")
        cfg.optim_wrapper.setdefault("loss_scale", "dynamic")
    if auto_scale_lr:
        if "base_batch_size" not in cfg.get("auto_scale_lr", {}):
            raise ValueError(
                f"{options.config} sets no auto_scale_lr.base_batch_size, the batch size of its "
                "learning rate; add auto_scale_lr=dict(base_batch_size=...) to it"
            )
        cfg.auto_scale_lr.enable = True
    if resume is not None:
        cfg.resume = True
        cfg.load_from = None if resume == "auto" else resume
    check_config(cfg, splits=("train", "val"))
    runner = build_runner(cfg)
    runner.train()
    return runner


def test(
    options: RunOptions,
    *,
    checkpoint: str,
    out: str | None,
    show_dir: str | None,
    dump: str | None,
    tta: bool,
) -> dict[str, float]:
    """Evaluate a checkpoint with the config's own evaluator.

    Args:
        options: The config and its overrides.
        checkpoint: Path of the checkpoint.
        out: Where to write the metrics as json, with versions, device and date; None for nowhere.
        show_dir: Folder for images with the predictions drawn on them; None for nowhere.
        dump: Where to write the predictions as a pickle; None for nowhere.
        tta: Whether to use the config's test-time augmentation.

    Returns:
        The metrics by name.

    Raises:
        ValueError: The config lacks what an option needs, or its data are not as it says.
        FileNotFoundError: A file or folder that the config names does not exist.
    """
    cfg = options.load()
    cfg.load_from = checkpoint
    if show_dir is not None:
        if "visualization" not in cfg.default_hooks:
            raise ValueError(f"--show-dir: {options.config} has no default_hooks.visualization")
        hook = cfg.default_hooks.visualization
        # mmpose and mmpretrain call the switch `enable`, mmdet and mmseg `draw`.
        hook["draw" if "draw" in hook else "enable"] = True
        hook["test_out_dir" if cfg.default_scope == "mmdet" else "out_dir"] = show_dir
    if dump is not None:
        evaluators = cfg.test_evaluator
        evaluators = list(evaluators) if isinstance(evaluators, (list, tuple)) else [evaluators]
        cfg.test_evaluator = [*evaluators, dict(type="DumpResults", out_file_path=dump)]
    if tta:
        if "tta_model" not in cfg or "tta_pipeline" not in cfg:
            raise ValueError(f"--tta: {options.config} sets no tta_model and tta_pipeline")
        cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
        cfg.model = dict(cfg.tta_model, module=cfg.model)
    check_config(cfg, splits=("test",))
    runner = build_runner(cfg)
    metrics = {name: float(value) for name, value in runner.test().items()}
    if out is not None and is_main_process():
        write_result(Path(out), metrics=metrics, config=options.config, checkpoint=checkpoint)
    return metrics


def build_runner(cfg: Any) -> Runner:
    """Build the runner that the config asks for, the standard one if it names none."""
    return RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)


def write_result(path: Path, *, metrics: dict[str, float], **provenance: str) -> None:
    """Write metrics as json together with what they were measured on."""
    result = dict(
        metrics=metrics,
        **provenance,
        environment=describe_environment(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")


@contextmanager
def one_clear_error() -> Iterator[None]:
    """End the program with one line for a user's mistake; let other errors show their traceback."""
    try:
        yield
    except (ValueError, OSError, CheckpointError) as error:
        # A data loader's worker sends its traceback as text; the mistake stands in its last line.
        message = str(error).strip().splitlines()[-1] if "Traceback" in str(error) else str(error)
        sys.exit(f"error: {message}")
