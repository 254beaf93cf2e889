"""Export of a trained model to a bundle, for ``tools/export.py``."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import MMLogger

from hrnet_mm.apis.bundle_tasks import Task, config_size, input_of, task_of
from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.model import LoadedModel, load_model
from hrnet_mm.apis.model_zoo import public_weights
from hrnet_mm.deploy.bundle import DESCRIPTION, Bundle, sha256_of
from hrnet_mm.deploy.export import tolerance, write_graphs
from hrnet_mm.deploy.parts import Part, labels_part
from hrnet_mm.deploy.replacing import parts_of
from hrnet_mm.deploy.tasks import DetTask, FeaturesTask, PoseTask, SegTask, Size
from hrnet_mm.deploy.writing import LIBRARIES, Form, check_libraries
from hrnet_mm.errors import UserError
from hrnet_mm.launch.environment import describe_environment
from hrnet_mm.version import __version__
from hrnet_mm.whole_file import whole_folder


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """The command line of an export.

    Attributes:
        config: Path of a config, or a name of the model zoo.
        checkpoint: Path of the weights; None for the public ones of a name.
        out: The folder to make.
        form: How graphs are written.
        input_size: Width and height; None for the config's, if it has one size for all images.
        dynamic: Whether height and width are free although the config has one size.
        argmax: Whether a segmentation model gives labels instead of logits.
        overwrite: Whether to replace a bundle.
        cfg_options: Overrides of the config, by dotted key.
    """

    config: str
    checkpoint: str | None
    out: Path
    form: Form
    input_size: Size | None
    dynamic: bool
    argmax: bool
    overwrite: bool
    cfg_options: dict[str, Any]


def export(options: ExportOptions) -> Bundle:
    """Write a bundle, whose graphs have been compared with the model; after an error, nothing.

    Raises:
        UserError: An option or the model does not fit, a library is missing, or a graph differs
            from the model.
        CheckpointError: The file is no checkpoint of the model.
        FileNotFoundError: There is no such file.
    """
    MMLogger.get_instance("export", log_level="ERROR")  # of all that the toolboxes say
    check_libraries(options.form)
    check_folder(options)
    if options.input_size is not None and min(options.input_size) < 1:
        width, height = options.input_size
        raise UserError(f"--input-size {width} {height}: give a width and a height, 1 or more")
    cfg = read_config(options.config, options.cfg_options)
    if "://" in (options.checkpoint or ""):
        raise UserError(f"an export needs a file: download {options.checkpoint}, and give its path")
    weights = Path(options.checkpoint or public_weights(options.config))
    if not weights.is_file():
        raise FileNotFoundError(f"there is no checkpoint {weights}")
    loaded = load_model(cfg, str(weights), device=torch.device("cpu"))
    task = task_of(loaded, size=options.input_size)
    parts = _parts(loaded, task, argmax=options.argmax)
    size = _size(loaded, options)
    traced = None if options.dynamic else size
    # The crops of poses have a size in any case.
    used = size if isinstance(task, PoseTask) else traced
    described = input_of(loaded, size=used, half=options.form.half)
    with whole_folder(options.out.resolve()) as folder:
        written = write_graphs(loaded.network, parts, folder, form=options.form, size=traced)
        bundle = Bundle(
            hrnet_mm=__version__,
            format=options.form.format,
            task=task,
            input=described,
            outputs=tuple(output for graph in written for output in graph.outputs),
            files={path.name: sha256_of(path) for path in sorted(folder.iterdir())},
            config=Path(str(cfg.filename)).name,
            weights_sha256=sha256_of(weights),
            versions=_versions(options.form),
            tolerance=tolerance(options.form),
            error=max(graph.error for graph in written),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        bundle.write(folder)
    return bundle


def summary(bundle: Bundle, options: ExportOptions) -> str:
    """Say what was written, and what is left to others."""
    written = (
        f"written: {options.out}, which differs from the model by {bundle.error:.1e} of the "
        f"largest activation (tolerance {bundle.tolerance:.0e})"
    )
    if isinstance(bundle.task, FeaturesTask):
        written += (
            f"\n{bundle.config} is neither FCOS nor Faster R-CNN: the graph is the backbone with "
            "the neck, which give feature maps and no boxes"
        )
    return written


def check_folder(options: ExportOptions) -> None:
    """Refuse to replace what is no bundle, or one that is to stay.

    Raises:
        UserError: There is such a folder or file.
    """
    out = options.out
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.is_dir() and (out / DESCRIPTION).is_file():
        if not options.overwrite:
            raise UserError(f"--out {out} is a bundle already; --overwrite replaces it")
    elif out.exists():
        raise UserError(f"--out {out} is no bundle: give a folder that is empty or new")


def _parts(loaded: LoadedModel, task: Task, *, argmax: bool) -> list[Part]:
    if argmax and not isinstance(task, SegTask):
        raise UserError("--argmax is for segmentation models")
    if argmax and isinstance(task, SegTask) and task.window is not None:
        raise UserError("--argmax: the model looks through windows, whose logits are added up")
    if argmax:
        return [labels_part()]
    head = task.head if isinstance(task, DetTask) else None
    return parts_of(loaded.network, task=loaded.task, head=head)


def _size(loaded: LoadedModel, options: ExportOptions) -> Size | None:
    size = options.input_size or config_size(loaded)
    if size is None and loaded.task == "cls" and not options.dynamic:
        raise UserError(
            f"the test pipeline of {loaded.cfg.filename} gives images no size: give --input-size W "
            "H or --dynamic"
        )
    return size


def _versions(form: Form) -> dict[str, str]:
    # By module: packages of several names have an onnxruntime.
    libraries = {name: import_module(name).__version__ for name in LIBRARIES[form.format]}
    return {**describe_environment(), **libraries}
