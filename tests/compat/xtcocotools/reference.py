"""What an implementation of xtcocotools makes of random poses and of COCO's.

What the real one, 1.14.3, makes of them is kept in ``reference.npz``; where it is installed, by

    python -m tests.compat.xtcocotools.reference FILE_OF_COCO_TINY tests/compat/xtcocotools
"""

import io
import json
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tests.compat.xtcocotools import random_poses

FILE = Path(__file__).with_name("reference.npz")
FIELDS = {
    "keypoints": ["keypoints"],
    "keypoints_body": ["keypoints"],
    "keypoints_crowd": ["keypoints"],
    "keypoints_foot": ["foot_kpts"],
    "keypoints_face": ["face_kpts"],
    "keypoints_lefthand": ["lefthand_kpts"],
    "keypoints_righthand": ["righthand_kpts"],
    "keypoints_wholebody": [*random_poses.PARTS],
}
SEEDS = (0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Annotations, results, and how to evaluate them."""

    content: dict[str, Any]
    results: list[dict[str, Any]]
    iou_type: str = "keypoints"
    sigmas: np.ndarray | None = None
    use_area: bool = True


def random_case(iou_type: str, seed: int) -> Case:
    """Every third with the sigmas of COCO, as far as there are any, every third without areas."""
    content = random_poses.annotations(seed)
    return Case(
        content=content,
        results=random_poses.detections(content["annotations"], seed=seed),
        iou_type=iou_type,
        sigmas=None if seed == 0 and FIELDS[iou_type] == ["keypoints"] else sigmas_of(iou_type),
        use_area=seed != 2,
    )


def sigmas_of(iou_type: str) -> np.ndarray:
    """Different ones, (K,), of float32 as mmpose has them."""
    num_keypoints = sum(random_poses.PARTS[field] for field in FIELDS[iou_type])
    return np.linspace(0.02, 0.11, num_keypoints, dtype=np.float32)


def coco_case(file: Path) -> Case:
    """People of COCO, and detections of them."""
    content = json.loads(file.read_text())
    people = content["annotations"]
    return Case(
        content=content,
        results=random_poses.detections(people, seed=1, parts=["keypoints"]),
    )


def evaluate(case: Case, *, package: str) -> dict[str, np.ndarray]:
    """Precision, recall, scores, stats and the lines of the printed table, by name."""
    coco, cocoeval = (import_module(f"{package}.{name}") for name in ("coco", "cocoeval"))
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        paths = [Path(folder, name) for name in ("annotations.json", "results.json")]
        for path, content in zip(paths, (case.content, case.results), strict=True):
            path.write_text(json.dumps(content))
        annotations = coco.COCO(str(paths[0]))
        results = annotations.loadRes(str(paths[1]))
        evaluation = cocoeval.COCOeval(
            annotations, results, case.iou_type, case.sigmas, case.use_area
        )
        evaluation.evaluate()
        evaluation.accumulate()
        values = {name: evaluation.eval[name] for name in ("precision", "recall", "scores")}
        with redirect_stdout(io.StringIO()) as printed:
            evaluation.summarize()
    return {**values, "stats": evaluation.stats, "table": np.array(printed.getvalue().split())}


def mmpose_metrics() -> dict[str, np.ndarray]:
    """The figures of mmpose's own metrics on random poses, by name."""
    from mmpose.evaluation.metrics import CocoMetric, CocoWholeBodyMetric

    figures = {}
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        file = Path(folder, "annotations.json")
        file.write_text(json.dumps(random_poses.annotations(1)))
        metrics = {
            "mmpose_keypoints": (CocoMetric(ann_file=str(file)), "keypoints"),
            "mmpose_without_a_file": (CocoMetric(use_area=False), "keypoints"),
            "mmpose_crowd": (
                CocoMetric(iou_type="keypoints_crowd", use_area=False),
                "keypoints_crowd",
            ),
            "mmpose_wholebody": (CocoWholeBodyMetric(ann_file=str(file)), "keypoints_wholebody"),
        }
        for name, (metric, fields) in metrics.items():
            samples = _samples(random_case(fields, 1))
            sigmas = sigmas_of(fields)
            metric.dataset_meta = {
                "dataset_name": "random",
                "CLASSES": random_poses.annotations(1)["categories"],
                "num_keypoints": len(sigmas),
                "sigmas": sigmas,
            }
            metric.process({}, samples)
            figures[name] = np.array([*metric.evaluate(len(samples)).values()])
    return figures


def _samples(case: Case) -> list[dict[str, Any]]:
    """What mmpose hands to a metric: a result in each sample, as of top-down models."""
    samples = []
    images = {image["id"]: image for image in case.content["images"]}
    people = case.content["annotations"]
    for index, result in enumerate(case.results):
        image = images[result["image_id"]]
        is_first = all(sample["img_id"] != image["id"] for sample in samples)
        points = np.concatenate([result[field] for field in FIELDS[case.iou_type]]).reshape(-1, 3)
        samples.append(
            {
                "id": index,
                "img_id": image["id"],
                "category_id": result["category_id"],
                "ori_shape": (image["height"], image["width"]),
                "crowd_index": image["crowdIndex"],
                "raw_ann_info": [
                    {"iscrowd": 0, **person}
                    for person in people
                    if is_first and person["image_id"] == image["id"]
                ],
                "gt_instances": {},
                "pred_instances": {
                    "keypoints": points[None, :, :2],  # 1, K, 2
                    "keypoint_scores": points[None, :, 2],
                    "bbox_scores": np.array([result["score"]]),
                },
            }
        )
    return samples


def main(coco_file: str, folder: str) -> None:
    """Write the values of the real xtcocotools."""
    cases = {
        f"{iou_type}_{seed}": random_case(iou_type, seed) for iou_type in FIELDS for seed in SEEDS
    }
    cases["coco_tiny"] = coco_case(Path(coco_file))
    values = {
        f"{name}/{quantity}": value
        for name, case in cases.items()
        for quantity, value in evaluate(case, package="xtcocotools").items()
    }
    everything: dict[str, Any] = values | mmpose_metrics()
    np.savez_compressed(Path(folder, FILE.name), **everything)


if __name__ == "__main__":
    main(*sys.argv[1:])
