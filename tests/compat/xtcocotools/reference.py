"""What an implementation of xtcocotools makes of random poses and of COCO's.

That of the real one, 1.14.3, is kept in ``reference.npz``, which is written where it is installed by

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

FOLDER = Path(__file__).parent
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


def mmpose_metrics() -> dict[str, float]:
    """What mmpose's metrics are of random poses, by class, type of evaluation and name."""
    return {}


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
    np.savez_compressed(Path(folder, "reference.npz"), **values)


if __name__ == "__main__":
    main(*sys.argv[1:])
