"""Builds a runner and its data loaders, and checks the data while it is read."""

from typing import Any

from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from hrnet_mm.data.findings import report
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.rules import check_config, check_loaded
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.launch.clear_errors import phase, raise_errors_of_logs
from hrnet_mm.launch.processes import join_processes, refuse_differing_processes
from hrnet_mm.launch.reading_data import read_data

PATIENCE = 600  # seconds, in which a worker can read the largest batch from the slowest disk


def build_runner(cfg: Any) -> Runner:
    """Build the config's ``runner_type``, or the default Runner."""
    with phase("while building the model and the runner"):
        return RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)


def build_checked_runner(cfg: Config, *, splits: tuple[str, ...]) -> Runner:
    """Check a config, build its runner and data, and check the data.

    Args:
        cfg: The config.
        splits: Which of "train", "val" and "test" will run.

    Raises:
        UserError: The config or the data have faults; each is a line of the message.
    """
    run = RunConfig(cfg=cfg, splits=splits)
    with phase("while checking the config"):
        report(check_config(run))
    join_processes(cfg)
    refuse_differing_processes(cfg)
    _end_hanging_workers(cfg, splits=splits)
    runner = build_runner(cfg)
    raise_errors_of_logs(runner.logger)
    read = read_data(run, {split: getattr(runner, f"_{split}_dataloader") for split in splits})
    if read.failures or any(finding.is_error for finding in read.findings):
        report(read.findings)  # building loaders of such data may fail
        raise next(iter(read.failures.values()))
    loaders = {}
    for split in splits:
        if split in read.datasets:
            _give_dataset(runner, split, read.datasets[split])
        with phase(f"while building {split}_dataloader and what runs on it"):
            loop = getattr(runner, f"{split}_loop")
        if loop is not None:
            loaders[split] = loop.dataloader
    data = LoadedData(loaders=loaders, image_paths=read.image_paths)
    report([*read.findings, *check_loaded(data)])
    return runner


def _end_hanging_workers(cfg: Config, *, splits: tuple[str, ...]) -> None:
    """Give the data loaders a limit of waiting for a batch, unless the config has one."""
    for split in splits:
        loader = cfg.get(f"{split}_dataloader")
        if loader and loader.get("num_workers"):
            loader.setdefault("timeout", PATIENCE)


def _give_dataset(runner: Runner, split: str, dataset: Any) -> None:
    """Let a runner build its loader for a dataset that is built already."""
    name = f"_{split}_dataloader"
    options = getattr(runner, name).copy()
    options["dataset"] = dict(type=lambda: dataset)  # unlike the dataset, a function is not copied
    setattr(runner, name, options)
