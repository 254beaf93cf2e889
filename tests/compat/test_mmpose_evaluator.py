"""mmpose's evaluator takes several datasets of one class."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData

import hrnet_mm  # noqa: F401  (mmpose imports only after it)
from hrnet_mm.errors import UserError
from tests.isolated import output_of

# isort: split
import mmpose.datasets
import mmpose.evaluation  # noqa: F401  (fills the registries)
from mmpose.registry import EVALUATORS
from mmpose.structures import PoseDataSample

STOCK = """
import hrnet_mm, hrnet_mm.compat as compat
from hrnet_mm.compat import mmpose_evaluator
object.__setattr__(mmpose_evaluator.REPAIR, "is_needed", lambda _: False)
import mmpose.datasets, mmpose.evaluation
from mmpose.registry import EVALUATORS
two = dict(
    type="MultiDatasetEvaluator",
    metrics=[dict(type="mmpose.EPE", prefix=prefix) for prefix in "ab"],
    datasets=[dict(type="CocoDataset", data_root=root) for root in "ab"],
)
print(len(EVALUATORS.build(two).metrics_dict))
"""
KEYPOINTS = np.random.default_rng(0).uniform(10, 90, (17, 2))
NAMES = {
    "dataset_name": "own",
    "keypoint_info": {
        i: {"name": f"k{i}", "id": i, "color": [0, 0, 0], "type": "", "swap": ""} for i in range(17)
    },
    "skeleton_info": {},
    "joint_weights": [1.0] * 17,
    "sigmas": [0.05] * 17,
}


@pytest.fixture(autouse=True)
def _mmpose_is_the_scope() -> Iterator[None]:
    with DefaultScope.overwrite_default_scope("mmpose"):
        yield


def write_annotations(folder: Path, *, images: Sequence[int]) -> str:
    """Write people, one in each image, all in the same place."""
    visible = np.concatenate([KEYPOINTS, np.full((17, 1), 2)], 1)
    person = {"category_id": 1, "bbox": [0, 0, 100, 100], "area": 5000, "iscrowd": 0}
    person |= {"num_keypoints": 17, "keypoints": visible.flatten().tolist()}
    content = {
        "images": [{"id": i, "width": 100, "height": 100, "file_name": f"{i}.png"} for i in images],
        "annotations": [{"id": i, "image_id": i, **person} for i in images],
        "categories": [{"id": 1, "name": "person"}],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "people.json").write_text(json.dumps(content))
    return str(folder / "people.json")


def sample(path: str, *, image: int, error: float, name: str) -> PoseDataSample:
    """Predict a person, with an error in pixels."""
    meta = {"id": image, "img_id": image, "img_path": path, "category_id": 1, "dataset_name": name}
    predicted = InstanceData(keypoints=KEYPOINTS[None] + error, keypoint_scores=np.ones((1, 17)))
    truth = InstanceData(bbox_scores=np.ones(1), bbox_scales=np.full((1, 2), 70.0))
    made = PoseDataSample(metainfo=meta)
    made.pred_instances, made.gt_instances = predicted, truth
    return made


def evaluate(evaluator: Any, samples: Sequence[PoseDataSample]) -> dict[str, float]:
    evaluator.dataset_meta = {"dataset_name": "combined"}
    evaluator.process(samples, {"inputs": [0] * len(samples), "data_samples": samples})
    return evaluator.evaluate(len(samples))


def build(metrics: list[dict[str, Any]], datasets: list[dict[str, Any]]) -> Any:
    return EVALUATORS.build(
        {"type": "MultiDatasetEvaluator", "metrics": metrics, "datasets": datasets}
    )


@pytest.mark.slow
def test_stock_mmpose_keeps_one_of_two() -> None:
    assert output_of(STOCK).splitlines()[-1] == "1"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"data_root": "a"}, {"data_root": "b"}),
        ({"data_root": "a"}, {"data_root": "a/b"}),  # one inside the other
        ({"data_root": "a", "data_prefix": {"img": "x"}}, {"data_root": "a"}),
        ({"data_prefix": {"img": "a"}}, {"data_prefix": {"img": "ab"}}),
        ({"metainfo": NAMES}, {}),  # told apart by their names
        ({"metainfo": NAMES}, {"metainfo": {**NAMES, "dataset_name": "other"}}),
    ],
)
@pytest.mark.parametrize("type_", ["CocoDataset", "mmpose.CocoDataset"])
def test_each_metric_gets_the_samples_of_its_dataset(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: dict[str, Any],
    second: dict[str, Any],
    type_: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    datasets = [{"type": type_, **each} for each in (first, second)]
    metrics, samples = [], []
    for i, dataset in enumerate(datasets):
        images = [1, 2, 3 + i]  # ids that both have, and one of its own
        file = write_annotations(tmp_path / f"annotations{i}", images=images)
        metrics.append({"type": "mmpose.CocoMetric", "ann_file": file, "prefix": "ab"[i]})
        folder = Path(dataset.get("data_root", ""), dataset.get("data_prefix", {}).get("img", ""))
        name = dataset.get("metainfo", {}).get("dataset_name", "coco")
        samples += [
            sample(str(folder / f"{image}.png"), image=image, error=30.0 * i, name=name)
            for image in images
        ]
    results = evaluate(build(metrics, datasets), samples)
    assert results["a/AP"] == pytest.approx(1)
    assert results["b/AP"] == pytest.approx(0)


def test_one_dataset_is_evaluated_wherever_its_images_are(tmp_path: Path) -> None:
    file = write_annotations(tmp_path, images=[1])
    evaluator = build([{"type": "mmpose.CocoMetric", "ann_file": file}], [{"type": "CocoDataset"}])
    found = evaluate(evaluator, [sample("any/1.png", image=1, error=0, name="coco")])
    assert found["coco/AP"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("metrics", "datasets", "message"),
    [
        ([{"type": "mmpose.EPE"}], [{}, {}], "1 metrics for 2 datasets"),
        (
            [{"type": "mmpose.EPE"}, {"type": "mmpose.EPE"}],
            [{"data_root": "a"}, {"data_root": "b"}],
            "two EPE give results of the same names; give each a prefix of its own",
        ),
        (
            [{"type": "mmpose.EPE"}, {"type": "mmpose.AUC"}],
            [{"data_root": "a", "ann_file": "x"}, {"data_root": "a", "ann_file": "y"}],
            "two datasets are called coco and have their images in a; give",
        ),
        ([{"type": "mmpose.EPE"}, {"type": "mmpose.AUC"}], [{}, {}], "images in the same folder"),
        (
            [
                {"type": "mmpose.CocoMetric", "prefix": "a"},
                {"type": "mmpose.CocoMetric", "prefix": "b"},
            ],
            [{"data_root": "a"}, {"data_root": "b"}],
            "several datasets are called coco; give each CocoMetric of them its ann_file",
        ),
        ([{"type": "mmpose.EPE"}], [{"type": "CocoDataSet"}], "has no dataset CocoDataSet"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_when_built(
    metrics: list[dict[str, Any]], datasets: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        build(metrics, [{"type": "CocoDataset", **dataset} for dataset in datasets])


def test_image_of_no_dataset_is_named(tmp_path: Path) -> None:
    file = write_annotations(tmp_path, images=[1])
    metrics = [{"type": "mmpose.CocoMetric", "ann_file": file, "prefix": prefix} for prefix in "ab"]
    evaluator = build(metrics, [{"type": "CocoDataset", "data_root": root} for root in "ab"])
    with pytest.raises(UserError, match=r"c/1\.png is in none of a, b; give the datasets their"):
        evaluate(evaluator, [sample("c/1.png", image=1, error=0, name="coco")])
