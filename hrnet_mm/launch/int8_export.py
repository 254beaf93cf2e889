"""Export in 8-bit integers, for ``tools/export.py --int8``."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from hrnet_mm.apis.calibration import CalibrationImages
from hrnet_mm.apis.configs import read_config
from hrnet_mm.deploy.bundle import Bundle, Quantization, sha256_of
from hrnet_mm.deploy.detectors import ROI_HEAD
from hrnet_mm.deploy.graphs import RUNTIMES, SUFFIXES, open_graph
from hrnet_mm.deploy.quantizing import (
    QUANTIZERS,
    TOLERANCE,
    check_quantizer,
    int8_error,
    quantize,
)
from hrnet_mm.deploy.tasks import SegTask
from hrnet_mm.errors import UserError
from hrnet_mm.launch.bundle_comparison import Comparison, compare
from hrnet_mm.launch.exporting import ExportOptions, check_folder, export
from hrnet_mm.whole_file import whole_folder

DEFAULT_IMAGES = 100


def export_int8(options: ExportOptions, *, images: int) -> tuple[Bundle, Comparison]:
    """Write a bundle in 8-bit integers, and compare it with float; after an error, nothing.

    Args:
        options: The command line of an export.
        images: How many images of the training set show the range of activations.

    Raises:
        UserError: An option or the model does not fit, a library or the training set is missing, or
            a graph differs from the model.
        CheckpointError: The file is no checkpoint of the model.
        FileNotFoundError: A file does not exist.
    """
    if options.form.half:
        raise UserError("--int8 --half: choose one of them")
    if images < 1:
        raise UserError(f"--calib {images}: give a number of images, 1 or more")
    check_quantizer(options.form.format)
    check_folder(options)
    cfg = read_config(options.config, options.cfg_options)
    calibration = CalibrationImages(cfg, number=images)  # what is missing is missed at once
    with TemporaryDirectory(prefix="hrnet_mm-") as temporary:
        plain = Path(temporary, "float32")
        bundle = export(replace(options, out=plain))
        if isinstance(bundle.task, SegTask):
            calibration.window = bundle.task.window
        if bundle.input.width is not None and bundle.input.height is not None:
            calibration.size = (bundle.input.width, bundle.input.height)
        with whole_folder(options.out.resolve()) as folder:
            bundle = _quantized(plain, folder, bundle, calibration)
            # Before the bundle is in place: this can fail, too.
            folders = {"float32": plain, "int8": folder}
            comparison = compare(folders, bundle, options, cfg, image=calibration[0])
    return bundle, comparison


def int8_summary(bundle: Bundle, comparison: Comparison, options: ExportOptions) -> str:
    """Say what was written, and what it is worth."""
    assert bundle.quantization is not None
    left = ", ".join(bundle.quantization.float_layers)
    return (
        f"written: {options.out}, calibrated with {bundle.quantization.images} training images; it "
        f"differs from float by {bundle.error:.1e} of the largest activation (tolerance "
        f"{bundle.tolerance:.0e})\n\n{comparison.table()}\nlayers left in float: {left or 'none'}"
    )


def _quantized(plain: Path, folder: Path, bundle: Bundle, images: Sequence[np.ndarray]) -> Bundle:
    """Fill a folder with the int8 form of a bundle."""
    kind, name = bundle.format, bundle.input.name
    left: list[str] = []
    errors: list[float] = []
    for path in sorted(plain.glob(f"*{SUFFIXES[kind]}")):
        if path.stem == ROI_HEAD:  # it costs little beside the rest
            for file in plain.glob(f"{ROI_HEAD}.*"):
                shutil.copy(file, folder)
            left.append(f"all of {path.name}")
            continue
        target = folder / path.name
        left += quantize(path, target, name=name, images=images)
        graphs = [
            open_graph(file, runtime=RUNTIMES[kind], device="cpu", threads=None)
            for file in (path, target)
        ]
        errors.append(int8_error(*graphs, name=name, images=images))
    library = QUANTIZERS[kind].partition(".")[0]
    written = replace(
        bundle,
        files={path.name: sha256_of(path) for path in sorted(folder.iterdir())},
        versions=bundle.versions | {library: import_module(library).__version__},
        tolerance=TOLERANCE,
        error=max(errors),
        quantization=Quantization(images=len(images), float_layers=tuple(left)),
    )
    written.write(folder)
    return written
