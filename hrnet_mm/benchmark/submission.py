"""Files for the test servers: COCO's result json and Cityscapes' zip of label images.

The toolboxes' own metrics write them (`format_only`); here they get the files of the test split,
and what they wrote is checked as the server would.
"""

import contextlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from PIL import Image

from hrnet_mm.benchmark.work_dir import find_checkpoint, find_config
from hrnet_mm.engine.checks import check_config
from hrnet_mm.engine.launch import RunOptions, build_runner

_COCO_TEST = dict(
    ann_file="annotations/image_info_test-dev2017.json", data_prefix=dict(img="test2017/")
)


@dataclass(frozen=True, kw_only=True)
class _Server:
    """How a data set's test server is served.

    Attributes:
        dataset: What the data set of the test split has, beside what the config says.
        evaluator: What the metric has that writes the files; ``{out}`` is their folder.
        package: Checks the files, and returns the one to submit.
    """

    dataset: dict[str, Any]
    evaluator: dict[str, Any]
    package: Callable[[Path, Config], Path]


def submit_run(work_dir: Path, *, folder: Path, options: dict[str, Any]) -> Path:
    """Predict a test split with a trained model and write the file that its server takes.

    Args:
        work_dir: The training's.
        folder: Where the files go.
        options: Overrides of the config by dotted key: other images or boxes, say.

    Returns:
        The file to submit.

    Raises:
        ValueError: There is no test server for the config's data set, or a file has a wrong form.
        FileNotFoundError: A file or folder that is needed is missing.
    """
    run = RunOptions(config=str(find_config(work_dir)), work_dir=str(folder / "log"))
    cfg = run.load()
    cfg.load_from, cfg.resume = find_checkpoint(work_dir), False
    server = _server_of(cfg)
    loader = cfg.test_dataloader
    for key, value in server.dataset.items():
        loader.dataset[key] = value  # not merged: the validation's label maps have to go
    loader.dataset.pipeline = [
        step for step in loader.dataset.pipeline if step["type"] != "LoadAnnotations"
    ]
    cfg.test_evaluator = {
        key: value.format(out=folder) if isinstance(value, str) else value
        for key, value in server.evaluator.items()
    }
    cfg.merge_from_dict(options)
    split = cfg.test_dataloader.dataset
    if "ann_file" in split:  # mmdet's metric reads the ids of the classes there
        cfg.test_evaluator.ann_file = str(Path(split.data_root, split.ann_file))
    check_config(cfg, splits=["test"])
    folder.mkdir(parents=True, exist_ok=True)
    build_runner(cfg).test()
    return server.package(folder, cfg)


def _server_of(cfg: Config) -> _Server:
    key = (cfg.default_scope, cfg.test_dataloader.dataset.type)
    if key not in _SERVERS:
        served = ", ".join(f"{scope}'s {dataset}" for scope, dataset in _SERVERS)
        raise ValueError(f"no test server takes results of {key[0]}'s {key[1]}; one of: {served}")
    return _SERVERS[key]


def _check_coco_results(folder: Path, cfg: Config) -> Path:
    """Read the results as COCO's server does: every entry of an image of the split, all fields."""
    from pycocotools.coco import COCO

    written = sorted(folder.glob("results*.json"))
    if not written:
        raise ValueError(f"{folder}: no results were written; did the model find anything?")
    dataset = cfg.test_dataloader.dataset
    with contextlib.redirect_stdout(io.StringIO()):  # COCO prints
        truth = COCO(Path(dataset.data_root, dataset.ann_file))
        for path in written:
            truth.loadRes(str(path))
    # With masks, the server wants those; a segmentation result holds the scores of its boxes too.
    return next((path for path in written if path.stem.endswith("segm")), written[0])


def _zip_cityscapes_labels(folder: Path, cfg: Config) -> Path:
    """Check that each image has a label image of its size with label ids, and zip them."""
    from cityscapesscripts.helpers.labels import labels

    dataset = cfg.test_dataloader.dataset
    images = Path(dataset.data_root, dataset.data_prefix["img_path"])
    allowed = [label.id for label in labels if 0 <= label.trainId < 255]
    pictures = sorted(images.rglob("*_leftImg8bit.png"))
    archive = folder / "cityscapes_submission.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for picture in pictures:
            predicted = folder / "labels" / picture.name
            if not predicted.is_file():
                raise ValueError(f"{predicted} is missing: every image of the split needs one")
            _check_label_image(predicted, like=picture, allowed=allowed)
            zipped.write(predicted, predicted.name)
    return archive


def _check_label_image(path: Path, *, like: Path, allowed: list[int]) -> None:
    with Image.open(path) as image, Image.open(like) as picture:
        if image.size != picture.size:
            raise ValueError(f"{path} is {image.size}, its image is {picture.size}")
        found = np.unique(np.asarray(image))
    if wrong := sorted(set(found.tolist()) - set(allowed)):
        raise ValueError(f"{path} has {wrong}, which are no label ids of evaluated classes")


_SERVERS = {
    ("mmpose", "CocoDataset"): _Server(
        dataset=dict(
            **_COCO_TEST,
            bbox_file="data/coco/person_detection_results/"
            "COCO_test-dev2017_detections_AP_H_609_person.json",
        ),
        evaluator=dict(type="CocoMetric", format_only=True, outfile_prefix="{out}/results"),
        package=_check_coco_results,
    ),
    ("mmdet", "CocoDataset"): _Server(
        dataset=_COCO_TEST,
        evaluator=dict(
            type="CocoMetric",
            format_only=True,
            outfile_prefix="{out}/results",
            metric=["bbox"],
        ),
        package=_check_coco_results,
    ),
    ("mmseg", "CityscapesDataset"): _Server(
        dataset=dict(data_prefix=dict(img_path="leftImg8bit/test")),
        evaluator=dict(
            type="CityscapesMetric", format_only=True, keep_results=True, output_dir="{out}/labels"
        ),
        package=_zip_cityscapes_labels,
    ),
}
