"""Prediction on files with any toolbox's config, for ``tools/predict.py``."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from mmengine.logging import MMLogger

from hrnet_mm.apis.boxes import BoxFile, Detector
from hrnet_mm.apis.bundle_predictor import BundleFramePredictor
from hrnet_mm.apis.predict_files import FilePrediction, FramePredictor
from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.apis.texts import Format
from hrnet_mm.errors import UserError
from hrnet_mm.launch.command_line import work_dir_of

# What the toolboxes tell their developers, or those who train.
_CHATTER = (
    "pkg_resources is deprecated",
    "The metainfo config file .* does not exist",
    "``build_loss`` would be deprecated",
    "Default ``avg_non_ignore`` is False",
)

_INTERRUPTED = 130  # as shells have it

CHECKPOINT_SUFFIXES = (".pth", ".pt", ".safetensors", ".tar", ".ckpt")


@dataclass(frozen=True, kw_only=True)
class PredictOptions:
    """The command line of a prediction.

    Attributes:
        config: Path of a config, or a name of the model zoo, or the folder of a bundle.
        inputs: A checkpoint first, unless there is a bundle or the public weights of a name are
            wanted; then images, folders, patterns, videos and webcams.
        out_dir: Where results are written; None for ``predict/`` in the config's work dir.
        score_thr: Least score of what is kept; None for the task's own.
        classes: Names of the classes to keep; all if empty.
        batch_size: How many images go through the network together.
        device: As torch names it; None for a GPU if there is one, for a bundle the CPU.
        no_vis: Whether to leave out the drawings.
        format: Of the predictions: "json", or "csv" for poses.
        overwrite: Whether to do again what is done.
        max_frames: How many frames of a video to read at most; None for all.
        tta: Whether to use the config's test-time augmentation.
        slide: Side and stride of a segmentation model's windows.
        memory_format: Of the backbone, one of `MEMORY_FORMATS`.
        boxes: A file of boxes for a pose model.
        detector: Config and checkpoint, or a name, or a bundle, of what finds boxes for poses.
        detector_classes: Whose boxes to take; all if empty.
        cfg_options: Overrides of the config, by dotted key.
    """

    config: str
    inputs: Sequence[str]
    out_dir: Path | None
    score_thr: float | None
    classes: Sequence[str]
    batch_size: int
    device: str | None
    no_vis: bool
    format: Format
    overwrite: bool
    max_frames: int | None
    tta: bool
    slide: Sequence[int] | None
    memory_format: str
    boxes: Path | None
    detector: Sequence[str] | None
    detector_classes: Sequence[str]
    cfg_options: dict[str, Any]


def predict(options: PredictOptions) -> int:
    """Predict, and return the exit status: 1 if something could not be done, 130 after Ctrl-C.

    Raises:
        UserError: An option does not fit, or none of the inputs can be found.
        CheckpointError: The file is no checkpoint of the model.
        FileNotFoundError: There is no such file.
    """
    with _no_chatter():
        try:
            return _predict(options)
        except KeyboardInterrupt:
            again = "the same command" + " without --overwrite" * options.overwrite
            print(f"stopped; what is done is kept, and {again} goes on from there")
            return _INTERRUPTED


@contextmanager
def _no_chatter() -> Iterator[None]:
    """Leave out what the toolboxes and OpenCV say to others than the user of a prediction."""
    MMLogger.get_instance("predict", log_level="ERROR")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # quiet, of AV_LOG_QUIET
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        with warnings.catch_warnings():
            for message in _CHATTER:
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def _predict(options: PredictOptions) -> int:
    if options.max_frames is not None and options.max_frames < 1:
        raise UserError(f"--max-frames {options.max_frames}: give 1 or more")
    load = _load_bundle if Path(options.config).is_dir() else _load_model
    predictor, work_dir, inputs = load(options)
    _choose_boxes(predictor, options)
    run = FilePrediction(
        predictor=predictor,
        out_dir=options.out_dir or Path(work_dir, "predict"),
        form=options.format,
        draws=not options.no_vis,
        overwrite=options.overwrite,
        max_frames=options.max_frames,
    )
    run.run(inputs)
    return int(bool(run.failures))


Loaded = tuple[FramePredictor, str, Sequence[str]]  # with a work dir and the inputs


def _load_model(options: PredictOptions) -> Loaded:
    checkpoint, inputs = _checkpoint_and_inputs(options)
    predictor = Predictor(
        options.config,
        checkpoint,
        device=options.device,
        batch_size=options.batch_size,
        score_threshold=options.score_thr,
        classes=options.classes,
        tta=options.tta,
        slide=tuple(options.slide) if options.slide else None,  # type: ignore
        memory_format=options.memory_format,
        cfg_options=options.cfg_options,
    )
    return predictor, work_dir_of(predictor.loaded.cfg), inputs


def _load_bundle(options: PredictOptions) -> Loaded:
    folder = Path(options.config)
    given = {
        "--batch-size": options.batch_size != 1,
        "--tta": options.tta,
        "--slide": options.slide is not None,
        "--memory-format": options.memory_format != "auto",
        "--cfg-options": bool(options.cfg_options),
    }
    if useless := [name for name, is_given in given.items() if is_given]:
        raise UserError(
            f"{', '.join(useless)}: {folder} is a bundle, whose network is as it was exported"
        )
    if options.inputs[0].endswith(CHECKPOINT_SUFFIXES):
        raise UserError(f"{options.inputs[0]}: {folder} is a bundle, which has its weights")
    predictor = BundleFramePredictor(
        folder,
        device=options.device,
        score_threshold=options.score_thr,
        classes=options.classes,
    )
    return predictor, f"work_dirs/{folder.resolve().name}", options.inputs


def _checkpoint_and_inputs(options: PredictOptions) -> tuple[str | None, Sequence[str]]:
    first, *others = options.inputs
    if not first.endswith(CHECKPOINT_SUFFIXES):
        return None, options.inputs
    if not others:
        raise UserError(f"no input after the checkpoint {first}: give images, videos or folders")
    return first, others


def _choose_boxes(predictor: FramePredictor, options: PredictOptions) -> None:
    if options.detector_classes and options.detector is None:
        raise UserError("--detector-classes: give a --detector too")
    if options.boxes is not None:
        predictor.use_boxes(BoxFile(options.boxes, predictor.known.box_config))
    elif options.detector is not None:
        predictor.use_boxes(_detector(options, config=options.detector[0]))


def _detector(options: PredictOptions, *, config: str) -> Detector:
    assert options.detector is not None
    if len(options.detector) > 2:  # inputs may follow the option by mistake
        raise UserError(
            f"--detector {' '.join(options.detector)}: give a config and a checkpoint, or a name; "
            "inputs come before the options"
        )
    predictor = _detecting(options, *options.detector)
    known = predictor.known
    if known.task != "det":
        raise UserError(f"--detector {config}: it is a model for {known.task}, not det")
    classes = known.naming.classes
    taken = options.detector_classes or classes
    names = ", ".join(taken) if len(taken) <= 5 else f"all {len(taken)} classes"
    hint = "" if options.detector_classes or len(classes) == 1 else "; choose by --detector-classes"
    return Detector(predictor, description=f"of {names}, found by {config}{hint}")


def _detecting(
    options: PredictOptions, config: str, checkpoint: str | None = None
) -> FramePredictor:
    classes = options.detector_classes
    if not Path(config).is_dir():
        return Predictor(
            config,
            checkpoint,
            device=options.device,
            batch_size=options.batch_size,
            classes=classes,
            memory_format=options.memory_format,
        )
    if checkpoint is not None:
        raise UserError(f"--detector {config} {checkpoint}: a bundle has its weights")
    return BundleFramePredictor(config, device=options.device, classes=classes)
