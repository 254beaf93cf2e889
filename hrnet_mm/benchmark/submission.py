"""Files for the test servers: COCO's result json and Cityscapes' zip of label images.

The toolboxes' own metrics write them (`format_only`); here they are configured for the test split,
and the files are checked.
"""

import contextlib
import io
import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from PIL import Image

from hrnet_mm.apis.configs import augment_test, override
from hrnet_mm.benchmark.work_dir import find_checkpoint, find_config
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.data.findings import report
from hrnet_mm.data.rules import check_config
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.errors import UserError
from hrnet_mm.launch.building import build_checked_runner
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.whole_file import whole_file

_COCO_TEST = dict(
    ann_file="annotations/image_info_test-dev2017.json", data_prefix=dict(img="test2017/")
)
_COCO_METRIC = dict(type="CocoMetric", format_only=True, outfile_prefix="{out}/results")


@dataclass(frozen=True, kw_only=True)
class _Server:
    """How the files for a dataset's test server are made.

    Attributes:
        dataset: Options of the dataset of the test split, added to the config's.
        evaluator: Options of the metric that writes the files, added to the config's; ``{out}`` is
            their folder.
        package: Checks the files and returns the one to submit.
    """

    dataset: dict[str, Any]
    evaluator: dict[str, Any]
    package: Callable[[Path, Config], Path]


def submit_run(work_dir: Path, *, folder: Path, tta: bool, options: dict[str, Any]) -> Path:
    """Predict a test split with a trained model and write the file that its server takes.

    Args:
        work_dir: Of the training or of a test.
        folder: Where the files go; new or empty.
        tta: Whether to use the config's test-time augmentation.
        options: Overrides of the config by dotted key: other images or boxes, say.

    Returns:
        The file to submit.

    Raises:
        UserError: There is no test server for the config's dataset, the folder is in use, an
            option does not fit, or what was written has a wrong form.
        FileNotFoundError: A file or folder that is needed is missing.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; give a new folder for the files")
    run = RunOptions(config=str(find_config(work_dir)), work_dir=str(folder / "log"))
    cfg = run.load()
    cfg.load_from, cfg.resume = find_checkpoint(work_dir) or cfg.get("load_from"), False
    if cfg.load_from is None:
        raise FileNotFoundError(f"{work_dir} holds no checkpoint; train first")
    if tta:
        augment_test(cfg)
    server = _server_of(cfg)
    _test_on_split(cfg, server=server, folder=folder)
    override(cfg, options)
    split = cfg.test_dataloader.dataset
    if "ann_file" in split:  # mmdet's metric reads the ids of the classes there
        cfg.test_evaluator.ann_file = str(Path(split.data_root, split.ann_file))
    report(check_config(RunConfig(cfg=cfg, splits=["test"])))  # before there is a folder
    folder.mkdir(parents=True, exist_ok=True)
    with damaged_images_refused():
        build_checked_runner(cfg, splits=("test",)).test()
    return server.package(folder, cfg)


def _server_of(cfg: Config) -> _Server:
    key = (cfg.default_scope, cfg.test_dataloader.dataset.type)
    if key not in _SERVERS:
        served = ", ".join(f"{scope}'s {dataset}" for scope, dataset in _SERVERS)
        raise UserError(f"no test server takes results of {key[0]}'s {key[1]}; one of: {served}")
    return _SERVERS[key]


def _test_on_split(cfg: Config, *, server: _Server, folder: Path) -> None:
    dataset = cfg.test_dataloader.dataset
    for key, value in server.dataset.items():
        dataset[key] = value  # replaced, not merged: the test split has no label maps
    if dataset.get("data_mode") == "bottomup":
        dataset.bbox_file = None  # it takes no boxes
    dataset.pipeline = _without_annotations(dataset.pipeline)
    written = server.evaluator
    evaluators = cfg.test_evaluator
    evaluators = evaluators if isinstance(evaluators, (list, tuple)) else [evaluators]
    own = next((e for e in evaluators if e["type"] == written["type"]), {})
    cfg.test_evaluator = dict(own) | {
        key: value.format(out=folder) if isinstance(value, str) else value
        for key, value in written.items()
    }


def _without_annotations(steps: Any) -> list[Any]:
    """Remove LoadAnnotations, also from the branches of a test-time augmentation."""
    kept = []
    for step in steps:
        if isinstance(step, (list, tuple)):
            if branch := _without_annotations(step):
                kept.append(branch)
        elif "transforms" in step:
            kept.append(dict(step, transforms=_without_annotations(step["transforms"])))
        elif step["type"] != "LoadAnnotations":
            kept.append(step)
    return kept


def _check_coco_results(folder: Path, cfg: Config) -> Path:
    """Check each entry: an image and a class of the split, a score, and what was found."""
    from pycocotools.coco import COCO

    dataset = cfg.test_dataloader.dataset
    written = sorted(folder.glob("results*.json"))
    # With masks, the server expects those; their file is the last.
    file = written[-1] if written else folder / "results.json"
    found = json.loads(file.read_text()) if written else []
    if not found:
        raise UserError(f"{file}: the model has found nothing in the images of the split")
    with contextlib.redirect_stdout(io.StringIO()):  # COCO prints
        truth = COCO(Path(dataset.data_root, dataset.ann_file))
        images, classes = set(truth.getImgIds()), set(truth.getCatIds())
        for entry in found:
            known = entry["image_id"] in images and entry["category_id"] in classes
            if not (known and math.isfinite(entry["score"]) and _is_complete(entry)):
                raise UserError(f"{file}: {str(entry)[:200]} is no result of this split")
        truth.loadRes(str(file))
    return file


def _is_complete(entry: dict[str, Any]) -> bool:
    """Whether an entry has 17 keypoints, a mask, or a box."""
    if "keypoints" in entry:
        return len(entry["keypoints"]) == 3 * 17
    if "segmentation" in entry:
        return {"size", "counts"} <= entry["segmentation"].keys()
    return len(entry["bbox"]) == 4


def _zip_cityscapes_labels(folder: Path, cfg: Config) -> Path:
    """Check that each image has a label image of its size with label ids, and zip them."""
    from cityscapesscripts.helpers.labels import labels

    dataset = cfg.test_dataloader.dataset
    folder_of_images = Path(dataset.data_root, dataset.data_prefix["img_path"])
    allowed = [label.id for label in labels if 0 <= label.trainId < 255]
    images = sorted(folder_of_images.rglob("*_leftImg8bit.png"))
    if not images:
        raise UserError(f"{folder_of_images} holds no *_leftImg8bit.png")
    predicted = [folder / "labels" / image.name for image in images]
    for path, image in zip(predicted, images, strict=True):
        _check_label_image(path, image, allowed=allowed)
    archive = folder / "cityscapes_submission.zip"
    with whole_file(archive) as unfinished, zipfile.ZipFile(unfinished, "w") as zipped:
        for path in predicted:
            zipped.write(path, path.name)
    return archive


def _check_label_image(path: Path, image: Path, *, allowed: list[int]) -> None:
    if not path.is_file():
        raise UserError(f"{path} is missing: every image of the split needs one")
    with Image.open(path) as labels, Image.open(image) as original:
        if labels.size != original.size:
            raise UserError(f"{path} is {labels.size}, its image is {original.size}")
        found = np.unique(np.asarray(labels))
    if wrong := sorted(set(found.tolist()) - set(allowed)):
        raise UserError(f"{path} has {wrong}, which are no label ids of evaluated classes")


_SERVERS = {
    ("mmpose", "CocoDataset"): _Server(
        dataset=dict(
            **_COCO_TEST,
            bbox_file="data/coco/person_detection_results/"
            "COCO_test-dev2017_detections_AP_H_609_person.json",
        ),
        evaluator=_COCO_METRIC,
        package=_check_coco_results,
    ),
    ("mmdet", "CocoDataset"): _Server(
        dataset=_COCO_TEST, evaluator=_COCO_METRIC, package=_check_coco_results
    ),
    ("mmseg", "CityscapesDataset"): _Server(
        dataset=dict(data_prefix=dict(img_path="leftImg8bit/test")),
        evaluator=dict(
            type="CityscapesMetric", format_only=True, keep_results=True, output_dir="{out}/labels"
        ),
        package=_zip_cityscapes_labels,
    ),
}
