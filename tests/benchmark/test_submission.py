"""Files for the test servers are what the servers read."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from PIL import Image
from pycocotools.coco import COCO

from hrnet_mm.benchmark.submission import submit_run
from tests.integration.toy import small_toy

CITY, IMAGES = (96, 64), ("aachen_000000_000019", "bonn_000001_000019")


def trained(cfg: Any, work_dir: Path) -> Path:
    """Make what a training leaves: its config, and a checkpoint of the untrained model."""
    work_dir.mkdir()
    described = dict(cfg.model)
    if "data_preprocessor" in cfg:
        described["data_preprocessor"] = cfg.data_preprocessor
    from mmengine.registry import init_default_scope

    init_default_scope(cfg.default_scope)
    model = MODELS.build(described)
    torch.save(dict(state_dict=model.state_dict(), meta={}), work_dir / "best_of_run.pth")
    cfg.dump(str(work_dir / "run.py"))
    return work_dir


def test_poses_load_as_results_of_their_split(toy_scenes: Path, tmp_path: Path) -> None:
    file = submit_run(
        trained(small_toy("pose", toy_scenes), tmp_path / "run"),
        folder=tmp_path / "out",
        tta=False,
        options={
            "test_dataloader.dataset.ann_file": "annotations/person_keypoints_val.json",
            "test_dataloader.dataset.data_prefix.img": "",
            "test_dataloader.dataset.bbox_file": None,
        },
    )
    truth = COCO(toy_scenes / "annotations/person_keypoints_val.json")
    results = truth.loadRes(str(file))
    assert len(results.anns) == len(truth.anns)
    assert all(len(r["keypoints"]) == 51 for r in json.loads(file.read_text()))


def test_boxes_load_as_results_of_their_split(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = small_toy("det", toy_scenes)
    cfg.model.test_cfg.rcnn.score_thr = 0.0
    file = submit_run(
        trained(cfg, tmp_path / "run"),
        folder=tmp_path / "out",
        tta=False,
        options={
            "test_dataloader.dataset.ann_file": "annotations/instances_val.json",
            "test_dataloader.dataset.data_prefix.img": "",
        },
    )
    truth = COCO(toy_scenes / "annotations/instances_val.json")
    results = truth.loadRes(str(file))
    assert set(results.getCatIds()) == set(truth.getCatIds())
    assert {"bbox", "score"} <= json.loads(file.read_text())[0].keys()


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """The test split of Cityscapes: images in folders of cities, no labels."""
    generator = np.random.default_rng(0)
    for name in IMAGES:
        folder = tmp_path / "city/leftImg8bit/test" / name.partition("_")[0]
        folder.mkdir(parents=True)
        pixels = generator.integers(0, 255, (*CITY[::-1], 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}_leftImg8bit.png")
    return tmp_path / "city"


def street_config(root: Path, toy: Path) -> Any:
    """The toy segmenter with Cityscapes' classes, to be tested on these streets."""
    cfg = small_toy("seg", toy)
    cfg.model.decode_head.num_classes = 19
    cfg.test_dataloader.dataset = dict(
        type="CityscapesDataset",
        data_root=str(root),
        data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
        pipeline=cfg.test_dataloader.dataset.pipeline,
    )
    return cfg


def test_label_images_are_zipped_with_label_ids(
    street: Path, toy_scenes: Path, tmp_path: Path
) -> None:
    from cityscapesscripts.helpers.labels import labels

    file = submit_run(
        trained(street_config(street, toy_scenes), tmp_path / "run"),
        folder=tmp_path / "out",
        tta=False,
        options={},
    )
    evaluated = {label.id for label in labels if not label.ignoreInEval}
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == [f"{name}_leftImg8bit.png" for name in IMAGES]
        for name in archive.namelist():
            with archive.open(name) as stream, Image.open(stream) as image:
                assert image.size == CITY
                assert set(np.unique(np.asarray(image))) <= evaluated


def test_augmented_predictions_are_submitted_too(
    street: Path, toy_scenes: Path, tmp_path: Path
) -> None:
    cfg = street_config(street, toy_scenes)
    cfg.tta_model = dict(type="SegTTAModel")
    flips = [dict(type="RandomFlip", prob=prob, direction="horizontal") for prob in (0.0, 1.0)]
    cfg.tta_pipeline = [
        dict(type="LoadImageFromFile"),
        dict(
            type="TestTimeAug",
            transforms=[flips, [dict(type="LoadAnnotations")], [dict(type="PackSegInputs")]],
        ),
    ]
    run = trained(cfg, tmp_path / "run")
    file = submit_run(run, folder=tmp_path / "out", tta=True, options={})
    with zipfile.ZipFile(file) as archive:
        assert len(archive.namelist()) == len(IMAGES)
    with pytest.raises(ValueError, match="is not empty"):
        submit_run(run, folder=tmp_path / "out", tta=True, options={})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (None, "has found nothing"),
        (dict(image_id=-1), "is no result of this split"),
        (dict(score=float("nan")), "is no result of this split"),
        (dict(keypoints=[0.0] * 50), "is no result of this split"),
    ],
)
def test_results_that_the_server_would_refuse_are_refused(
    change: dict[str, Any] | None, message: str, toy_scenes: Path, tmp_path: Path
) -> None:
    from hrnet_mm.benchmark.submission import _check_coco_results

    annotations = "annotations/person_keypoints_val.json"
    image = json.loads((toy_scenes / annotations).read_text())["images"][0]["id"]
    entry = dict(image_id=image, category_id=1, score=0.5, keypoints=[0.0] * 51)
    found = [] if change is None else [entry | change]
    (tmp_path / "results.keypoints.json").write_text(json.dumps(found))
    dataset = dict(data_root=str(toy_scenes), ann_file=annotations)
    with pytest.raises(ValueError, match=message):
        _check_coco_results(tmp_path, Config(dict(test_dataloader=dict(dataset=dataset))))


def test_train_ids_are_no_submission(street: Path, tmp_path: Path) -> None:
    from hrnet_mm.benchmark.submission import _zip_cityscapes_labels

    (tmp_path / "out/labels").mkdir(parents=True)
    for name in IMAGES:
        train_ids = np.full(CITY[::-1], 10, np.uint8)  # sky; its label id is 23
        Image.fromarray(train_ids).save(tmp_path / f"out/labels/{name}_leftImg8bit.png")
    dataset = dict(data_root=str(street), data_prefix=dict(img_path="leftImg8bit/test"))
    with pytest.raises(ValueError, match="no label ids"):
        _zip_cityscapes_labels(
            tmp_path / "out", Config(dict(test_dataloader=dict(dataset=dataset)))
        )


def test_data_without_a_server_are_refused(toy_scenes: Path, tmp_path: Path) -> None:
    run = trained(small_toy("seg", toy_scenes), tmp_path / "run")
    with pytest.raises(ValueError, match="BaseSegDataset"):
        submit_run(run, folder=tmp_path / "out", tta=False, options={})


def test_missing_test_images_are_named_before_anything_is_written(
    toy_scenes: Path, tmp_path: Path
) -> None:
    run = trained(small_toy("pose", toy_scenes), tmp_path / "run")
    with pytest.raises(ValueError, match=r"image_info_test-dev2017\.json does not exist"):
        submit_run(run, folder=tmp_path / "out", tta=False, options={})
    assert not (tmp_path / "out").exists()
