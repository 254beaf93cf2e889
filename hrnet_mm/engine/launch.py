"""Training and testing of any toolbox's config, for ``tools/train.py`` and ``tools/test.py``."""

import argparse
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, DictAction
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults
from mmengine.hooks import Hook
from mmengine.runner import Runner, find_latest_checkpoint
from mmengine.structures import BaseDataElement

from hrnet_mm.engine.building import build_checked_runner
from hrnet_mm.engine.clear_errors import SHOW_TRACEBACK, run_phase, traceback_kept
from hrnet_mm.engine.environment import describe_environment
from hrnet_mm.errors import UserError

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
        except Exception as error:  # it is a program, which can raise anything
            name = "" if isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: "
            raise UserError(f"cannot read the config {self.config}: {name}{error}") from error
        _sort_by_number([*cfg.values()])
        override(cfg, self.cfg_options)
        cfg.launcher = self.launcher
        cfg.work_dir = self.work_dir or cfg.get("work_dir") or f"work_dirs/{Path(self.config).stem}"
        return cfg


def _sort_by_number(node: Any) -> None:
    """Sort dicts whose keys are numbers, such as the keypoints of a metainfo.

    In a config that mmengine has dumped, 10 comes before 2, and mmpose mirrors keypoints by order.
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
    """mmengine's ``key=value`` option, with argparse's error for what is none."""

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
        UserError: The config lacks what an option needs, or its data are not as it says.
        FileNotFoundError: A file or folder that the config names does not exist.
    """
    cfg = options.load()
    if amp:
        cfg.optim_wrapper.update(type="AmpOptimWrapper")
        cfg.optim_wrapper.setdefault("loss_scale", "dynamic")
    if auto_scale_lr:
        if "base_batch_size" not in cfg.get("auto_scale_lr", {}):
            raise UserError(
                f"{options.config} sets no auto_scale_lr.base_batch_size, the batch size of its "
                "learning rate; add auto_scale_lr=dict(base_batch_size=...) to it"
            )
        cfg.auto_scale_lr.enable = True
    if resume is None and cfg.get("resume"):
        resume = cfg.get("load_from") or "auto"  # as mmengine reads them
    if resume is not None:
        # Killed before its first checkpoint, a training starts again, from its `load_from` if set.
        last = last_checkpoint(cfg) if resume == "auto" else resume
        cfg.resume = last is not None
        cfg.load_from = last or cfg.get("load_from")
    with traceback_kept(Path(cfg.work_dir)):
        runner = build_checked_runner(cfg, splits=("train", "val"))
        with run_phase(runner):
            runner.train()
        _leave_together()
    return runner


def last_checkpoint(cfg: Config) -> str | None:
    """Find the checkpoint that a training in the ``work_dir`` of a config wrote last.

    mmengine notes its path as it was then. If the ``work_dir`` was copied or renamed since, the
    checkpoint of that name in it is meant, not the one in the folder of before.

    Raises:
        UserError: No checkpoint is noted, or it is not in the ``work_dir``.
    """
    noted = find_latest_checkpoint(cfg.work_dir)
    hook = cfg.get("default_hooks", {}).get("checkpoint") or {}
    if noted == "":
        raise UserError(
            f"{cfg.work_dir}/last_checkpoint is empty: write the path of a checkpoint into it, or "
            "give the one to continue from, --resume CKPT"
        )
    if noted is None or "://" in noted or hook.get("out_dir"):
        return noted
    path = Path(cfg.work_dir, Path(noted).name)
    if not path.exists():
        raise UserError(
            f"{cfg.work_dir}/last_checkpoint names {noted}, but there is no {path}: put it there, "
            "or give the checkpoint to continue from, --resume CKPT"
        )
    return str(path)


def test(
    options: RunOptions,
    *,
    checkpoint: str,
    out: str | None,
    show_dir: str | None,
    dump: str | None,
    tta: bool,
) -> dict[str, Any]:
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
        UserError: The config lacks what an option needs, or its data are not as it says.
        FileNotFoundError: A file or folder that the config names does not exist.
    """
    cfg = options.load()
    cfg.load_from, cfg.resume = checkpoint, False  # a dumped config may have resumed
    if show_dir is not None:
        _show_predictions(cfg, folder=os.path.abspath(show_dir))  # else below the work_dir
    if dump is not None and not dump.endswith((".pkl", ".pickle")):
        raise UserError(f"--dump {dump}: give a name that ends in .pkl")
    if tta:
        augment_test(cfg)
    with traceback_kept(Path(cfg.work_dir)):
        runner = build_checked_runner(cfg, splits=("test",))
        if dump is not None:
            runner.register_hook(_DumpHook(dump))
        with run_phase(runner):
            metrics = runner.test()
        if out is not None and is_main_process():
            write_result(Path(out), metrics=metrics, config=options.config, checkpoint=checkpoint)
        _leave_together()
    return metrics


class _DumpHook(Hook):
    """Write the predictions of a test as mmengine's DumpResults does, beside any evaluator."""

    def __init__(self, path: str) -> None:
        self.dump = DumpResults(out_file_path=path)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Keep the predictions of a batch."""
        samples = [
            output.to_dict() if isinstance(output, BaseDataElement) else output
            for output in outputs
        ]
        self.dump.process(data_batch, samples)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write those of all processes."""
        self.dump.evaluate(len(runner.test_dataloader.dataset))  # type: ignore


def augment_test(cfg: Config) -> None:
    """Let a config be tested with its own test-time augmentation.

    Raises:
        UserError: It has none.
    """
    if "tta_model" not in cfg or "tta_pipeline" not in cfg:
        raise UserError(f"--tta: {cfg.filename} sets no tta_model and tta_pipeline")
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.model = dict(cfg.tta_model, module=cfg.model)


def _show_predictions(cfg: Config, *, folder: str) -> None:
    """Switch on the drawing of predictions, which each toolbox calls something else."""
    if "visualization" not in cfg.default_hooks:
        raise UserError("--show-dir: the config has no default_hooks.visualization")
    hook = cfg.default_hooks.visualization
    hook["draw" if cfg.default_scope in ("mmdet", "mmseg") else "enable"] = True
    if cfg.default_scope == "mmseg":
        cfg.visualizer.save_dir = folder
    else:
        hook["test_out_dir" if cfg.default_scope == "mmdet" else "out_dir"] = folder


def _leave_together() -> None:
    # A process that ends while another still talks to it takes that one down.
    if torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()


def write_result(path: Path, *, metrics: dict[str, Any], **provenance: str) -> None:
    """Write metrics as json together with what they were measured on."""
    result = dict(
        metrics=metrics,
        **provenance,
        environment=describe_environment(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    # Evaluators give numpy scalars, arrays and tensors too.
    text = json.dumps(result, indent=2, default=lambda value: value.tolist())
    unfinished.write_text(text + "\n")
    os.replace(unfinished, path)
