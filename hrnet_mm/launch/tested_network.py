"""What computes the network in a test: the model itself, or an export of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.console import Console
from torch import Tensor

from hrnet_mm.apis.bundle_fit import check_fits
from hrnet_mm.apis.configs import tested_dataset
from hrnet_mm.apis.model import TASKS, LoadedModel
from hrnet_mm.apis.samples import takes_boxes
from hrnet_mm.data.nodes import type_name
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.detectors import head_of
from hrnet_mm.deploy.graphs import RUNTIMES, cuda_is_built_in
from hrnet_mm.deploy.parts import Tensors
from hrnet_mm.deploy.replacing import (
    Computation,
    Head,
    graph_computation,
    parts_of,
    replace_network,
    torch_computation,
)
from hrnet_mm.deploy.runtime import open_graphs
from hrnet_mm.deploy.tasks import FeaturesTask
from hrnet_mm.deploy.writing import Form
from hrnet_mm.errors import UserError
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.exporting import ExportOptions, export

EXPORTED = {runtime: kind for kind, runtime in RUNTIMES.items()}  # formats, by runtime
TEST_RUNTIMES = ("eager", "compile", *EXPORTED)


@dataclass(frozen=True, kw_only=True)
class NetworkChoice:
    """What is to compute the network, as the command line says it.

    Attributes:
        runtime: One of `TEST_RUNTIMES`; None for that of a bundle, or the model as it is.
        half: Whether a checkpoint's network is to compute in half precision.
    """

    runtime: str | None = None
    half: bool = False


@dataclass(frozen=True, kw_only=True)
class ChosenNetwork:
    """What computes the network.

    Attributes:
        runtime: One of `TEST_RUNTIMES`; None for the model as it is, without a clock.
        half: Whether it computes in half precision.
        weights: The checkpoint; None if a bundle has all.
        bundle: The folder of the export; None if torch computes.
    """

    runtime: str | None
    half: bool = False
    weights: str | None = None
    bundle: Path | None = None


@contextmanager
def chosen_network(
    options: RunOptions, *, weights: str, choice: NetworkChoice
) -> Iterator[ChosenNetwork]:
    """Find what computes the network; export it first, into a temporary folder, if that is needed.

    Args:
        options: The config and its overrides.
        weights: A checkpoint, or a bundle.
        choice: What is to compute the network.

    Raises:
        UserError: The options do not fit together, or the export is refused.
        CheckpointError: The file is no checkpoint of the model.
        FileNotFoundError: There is no such file.
    """
    runtime, half = choice.runtime, choice.half
    if Path(weights).is_dir():
        folder = Path(weights)
        if half:
            raise UserError(f"--half: the bundle {folder} has its precision; export it with --half")
        if runtime not in (None, *EXPORTED):
            raise UserError(f"--runtime {runtime}: {folder} is a bundle; give its checkpoint")
        bundle = Bundle.read(folder)
        if isinstance(bundle.task, FeaturesTask):
            raise UserError(
                f"{folder} has no head, only feature maps: give the checkpoint, with --runtime "
                f"{RUNTIMES[bundle.format]}"
            )
        yield ChosenNetwork(runtime=runtime or RUNTIMES[bundle.format], bundle=folder)
    elif runtime in EXPORTED:
        if get_world_size() > 1 or options.launcher != "none":
            raise UserError(f"--runtime {runtime}: export a bundle first, for several processes")
        with TemporaryDirectory(prefix="hrnet_mm-") as temporary:
            folder = Path(temporary, "bundle")
            _export(options, weights, Form(format=EXPORTED[runtime], half=half), folder)  # type: ignore
            yield ChosenNetwork(runtime=runtime, weights=weights, bundle=folder)
    else:
        if half and runtime is None:
            runtime = "eager"
        yield ChosenNetwork(runtime=runtime, half=half, weights=weights)


def _export(options: RunOptions, weights: str, form: Form, folder: Path) -> None:
    begin = time.monotonic()
    with Console(stderr=True).status(f"exporting {weights} to {form.format}"):
        bundle = export(
            ExportOptions(
                config=options.config,
                checkpoint=weights,
                out=folder,
                form=form,
                input_size=None,
                dynamic=not _has_one_size(options),
                argmax=False,
                overwrite=False,
                cfg_options=options.cfg_options,
            )
        )
    print(
        f"exported {weights} to {form.format} in {time.monotonic() - begin:.0f} s, with a "
        f"difference of {bundle.error:.1e} of the largest activation"
    )


def _has_one_size(options: RunOptions) -> bool:
    """Tell whether a classifier sees all images in the same size; others have no choice."""
    cfg = options.load()
    steps = tested_dataset(cfg).pipeline
    return cfg.default_scope != "mmpretrain" or any(
        type_name(step) == "CenterCrop" for step in steps
    )


class NetworkHook(Hook):
    """Puts what computes the network into the model of a test, and takes its time.

    Args:
        tested: What computes the network.
        cfg: The config, without test-time augmentation.
    """

    def __init__(self, tested: ChosenNetwork, cfg: Config) -> None:
        self._tested = tested
        self._cfg = cfg
        self._seconds = 0.0  # of this iteration
        self._milliseconds: list[float] = []  # of each image so far
        self._precision = "float16" if tested.half else "float32"
        self._device = torch.device("cpu")
        self._unit = "image"

    def before_test(self, runner: Runner) -> None:
        """Replace the network, after the weights are loaded."""
        network: Any = runner.model
        while hasattr(network, "module"):  # of augmentation, or of several processes
            network = network.module
        meta = runner.test_dataloader.dataset.metainfo  # type: ignore
        task = TASKS[self._cfg.default_scope]
        model = LoadedModel(network=network, cfg=self._cfg, meta=meta, task=task)
        self._unit = "box" if takes_boxes(model) else "image"
        self._device = next(network.parameters()).device
        head = head_of(network) if task == "det" else None
        computations = self._of_bundle(model) if self._tested.bundle else self._own(model, head)
        timed = {name: self._timed(compute) for name, compute in computations.items()}
        replace_network(network, timed, task=task, head=head)

    def _of_bundle(self, model: LoadedModel) -> dict[str, Computation]:
        folder, runtime = self._tested.bundle, self._tested.runtime
        assert folder is not None
        assert runtime is not None
        bundle = Bundle.read(folder)
        check_fits(bundle, model, folder=folder)
        if not (self._device.type == "cuda" and cuda_is_built_in(runtime)):
            self._device = torch.device("cpu")
        self._precision = bundle.precision
        threads = torch.get_num_threads()  # lest runtimes are compared with different numbers
        device = str(self._device)  # with the number of this process's GPU
        graphs = open_graphs(folder, bundle, runtime=runtime, device=device, threads=threads)
        return {name: graph_computation(g, bundle, name=name) for name, g in graphs.items()}

    def _own(self, model: LoadedModel, head: Head) -> dict[str, Computation]:
        half, compiled = self._tested.half, self._tested.runtime == "compile"
        return {
            part.name: torch_computation(model.network, part, half=half, compiled=compiled)
            for part in parts_of(model.network, task=model.task, head=head)
        }

    def _timed(self, compute: Computation) -> Computation:
        @wraps(compute)
        def run(*inputs: Tensor) -> Tensors:
            begin = self._now(inputs[0])
            outputs = compute(*inputs)
            self._seconds += self._now(inputs[0]) - begin
            return outputs

        return run

    @staticmethod
    def _now(inputs: Tensor) -> float:
        if inputs.is_cuda:
            torch.cuda.synchronize(inputs.device)
        return time.perf_counter()

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Note the time of a batch."""
        self._milliseconds.append(1000 * self._seconds / len(outputs))
        self._seconds = 0.0

    @property
    def measured(self) -> dict[str, Any]:
        """What was measured, for a file."""
        return dict(
            runtime=self._tested.runtime,
            precision=self._precision,
            runtime_device=self._device.type,
            network_ms=round(median(self._milliseconds), 3),
        )

    @property
    def summary(self) -> str:
        """What was measured, in a line."""
        measured = self.measured
        return (
            f"{measured['runtime']}, {measured['precision']}, on {measured['runtime_device']}: "
            f"network {measured['network_ms']:.1f} ms per {self._unit} (median of "
            f"{len(self._milliseconds)} batches)"
        )
