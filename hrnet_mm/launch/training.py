"""Training of any toolbox's config, for ``tools/train.py``."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner

from hrnet_mm.apis.memory_format import set_memory_format
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.errors import UserError
from hrnet_mm.launch.building import build_checked_runner
from hrnet_mm.launch.clear_errors import traceback_kept
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.continuing import last_checkpoint
from hrnet_mm.launch.precision import use_mixed_precision
from hrnet_mm.launch.processes import join_processes, synchronize_exit
from hrnet_mm.launch.run_phase import run_phase
from hrnet_mm.launch.stopping import StopHook
from hrnet_mm.launch.workers import set_workers


def train(
    options: RunOptions,
    *,
    resume: str | None,
    amp: bool,
    auto_scale_lr: bool,
    compiled: bool = False,
    hooks: Sequence[Hook] = (),
    skip_bad_samples: int = 0,
) -> Runner:
    """Train a config with mmengine's Runner.

    Args:
        options: The config and its overrides.
        resume: "auto" for the last checkpoint of the work_dir, a path for that checkpoint, None to
            start anew.
        amp: Whether to train with automatic mixed precision.
        auto_scale_lr: Whether to scale the learning rate by the batch size of all processes.
        compiled: Whether to compile the modules of the HRNet, by `CompileHook`.
        hooks: What else is to be called, beside the config's hooks.
        skip_bad_samples: How many images that cannot be read are replaced by others.

    Returns:
        The runner, after training.

    Raises:
        SystemExit: SIGTERM or Ctrl-C has stopped it.
        UserError: The config lacks what an option needs, or its data are not as it says.
        FileNotFoundError: A file or folder that the config names does not exist.
    """
    cfg = options.load()
    for key in ("train_dataloader", "train_cfg", "optim_wrapper"):
        if not cfg.get(key):
            raise UserError(f"{options.config} has no {key}: give a config that trains")
    half = use_mixed_precision(cfg) if amp else "Amp" in str(cfg.optim_wrapper.get("type"))
    set_memory_format(cfg, options.memory_format, device=get_device(), half=half)
    set_workers(cfg, splits=("train", "val"), given=options.cfg_options)
    if auto_scale_lr:
        if "base_batch_size" not in cfg.get("auto_scale_lr", {}):
            raise UserError(
                f"{options.config} sets no auto_scale_lr.base_batch_size, the batch size of its "
                "learning rate; add auto_scale_lr=dict(base_batch_size=...) to it"
            )
        cfg.auto_scale_lr.enable = True
    if compiled:
        cfg.custom_hooks = [*(cfg.get("custom_hooks") or []), dict(type="CompileHook")]
    if skip_bad_samples:
        hook = dict(type="SkipBadSamplesHook", limit=skip_bad_samples)
        cfg.custom_hooks = [*(cfg.get("custom_hooks") or []), hook]
    if resume is None and cfg.get("resume"):
        resume = cfg.get("load_from") or "auto"  # as mmengine reads them
    join_processes(cfg)
    if resume is not None:
        # Without a checkpoint yet, a training starts again, from `load_from` if set.
        last = last_checkpoint(cfg) if resume == "auto" else resume
        cfg.resume = last is not None
        cfg.load_from = last or cfg.get("load_from")
    stop = StopHook()
    with stop.listening(), traceback_kept(Path(cfg.work_dir)), damaged_images_refused():
        runner = build_checked_runner(cfg, splits=("train", "val"))
        for hook in hooks:
            runner.register_hook(hook)
        runner.register_hook(stop, priority="LOWEST")
        with run_phase(runner):
            runner.train()
        synchronize_exit()
    return runner
