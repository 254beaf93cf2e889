"""Testing of any toolbox's config, for ``tools/test.py``."""

import json
import os
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.evaluator import DumpResults
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement

from hrnet_mm.apis.configs import augment_test
from hrnet_mm.apis.memory_format import set_memory_format
from hrnet_mm.apis.model_zoo import public_weights
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.errors import UserError
from hrnet_mm.launch.building import build_checked_runner
from hrnet_mm.launch.clear_errors import traceback_kept
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.environment import describe_environment
from hrnet_mm.launch.processes import synchronize_exit
from hrnet_mm.launch.run_phase import run_phase
from hrnet_mm.launch.tested_network import NetworkChoice, NetworkHook, chosen_network
from hrnet_mm.launch.workers import set_workers
from hrnet_mm.whole_file import check_writable, whole_file


def test(
    options: RunOptions,
    *,
    checkpoint: str | None,
    out: str | None,
    show_dir: str | None,
    dump: str | None,
    tta: bool,
    choice: NetworkChoice,
) -> dict[str, Any]:
    """Evaluate a checkpoint, or a bundle, with the config's own evaluator.

    Args:
        options: The config and its overrides.
        checkpoint: Path or, unless it is to be exported, address of the checkpoint, or the folder
            of a bundle; None for the public weights of a named model.
        out: Where to write the metrics as json, with versions, device and date; None for nowhere.
        show_dir: Folder for images with the predictions drawn on them; None for nowhere.
        dump: Where to write the predictions as a pickle; None for nowhere.
        tta: Whether to use the config's test-time augmentation.
        choice: What is to compute the network.

    Returns:
        The metrics by name.

    Raises:
        UserError: The config lacks what an option needs, or its data are not as it says; or no
            checkpoint is given, and there are no public weights.
        CheckpointError: The public weights cannot be fetched.
        FileNotFoundError: A file or folder that the config names does not exist.
    """
    cfg = options.load()
    plain = deepcopy(cfg)
    if show_dir is not None:
        # A relative path would be below the work_dir.
        _show_predictions(cfg, folder=os.path.abspath(show_dir))
    if dump is not None and not dump.endswith((".pkl", ".pickle")):
        raise UserError(f"--dump {dump}: give a name that ends in .pkl")
    for path in filter(None, (out, dump)):
        check_writable(Path(path))
    if tta:
        augment_test(cfg)
    set_memory_format(cfg, options.memory_format, device=get_device())
    set_workers(cfg, splits=("test",), given=options.cfg_options)
    checkpoint = checkpoint or str(public_weights(options.config))
    with chosen_network(options, weights=checkpoint, choice=choice) as tested:
        cfg.load_from, cfg.resume = tested.weights, False  # a dumped config may have resume=True
        with traceback_kept(Path(cfg.work_dir)), damaged_images_refused():
            runner = build_checked_runner(cfg, splits=("test",))
            if dump is not None:
                runner.register_hook(_DumpHook(dump))
            network = None if tested.runtime is None else NetworkHook(tested, plain)
            if network is not None:
                runner.register_hook(network)
            with run_phase(runner):
                metrics = runner.test()
            if is_main_process():
                measured = network.measured if network is not None else {}
                if network is not None:
                    print(network.summary)
                if out is not None:
                    provenance = dict(config=options.config, checkpoint=checkpoint, **measured)
                    write_result(Path(out), metrics=metrics, **provenance)
            synchronize_exit()
    return metrics


class _DumpHook(Hook):
    """Write the predictions of a test as mmengine's DumpResults does, with any evaluator.

    Label maps are written without their logits, a number for each class and pixel.
    """

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
        for sample in samples:
            if isinstance(sample, dict):
                sample.pop("seg_logits", None)
        self.dump.process(data_batch, samples)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write those of all processes, from the first one."""
        size = len(runner.test_dataloader.dataset)  # type: ignore
        if not is_main_process():
            self.dump.evaluate(size)
            return
        with whole_file(Path(self.dump.out_file_path)) as unfinished:
            self.dump.out_file_path = str(unfinished)
            self.dump.evaluate(size)


def _show_predictions(cfg: Config, *, folder: str) -> None:
    """Enable the drawing of predictions, by each toolbox's own option."""
    if "visualization" not in (cfg.get("default_hooks") or {}):
        raise UserError("--show-dir: the config has no default_hooks.visualization")
    if not cfg.get("visualizer"):
        raise UserError("--show-dir: the config has no visualizer")
    hook = cfg.default_hooks.visualization
    scope = cfg.get("default_scope")
    hook["draw" if scope in ("mmdet", "mmseg") else "enable"] = True
    if scope == "mmseg":
        cfg.visualizer.save_dir = folder
    else:
        hook["test_out_dir" if scope == "mmdet" else "out_dir"] = folder


def write_result(path: Path, *, metrics: dict[str, Any], **provenance: Any) -> None:
    """Write metrics as json together with what they were measured on."""
    result = dict(
        metrics=metrics,
        **provenance,
        environment=describe_environment(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    # Evaluators give numpy scalars, arrays and tensors too.
    text = json.dumps(result, indent=2, default=lambda value: value.tolist())
    with whole_file(path) as unfinished:
        unfinished.write_text(text + "\n")
