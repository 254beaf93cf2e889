"""Evaluation of keypoints by their object similarity (OKS), as xtcocotools defines it.

pycocotools matches detections and integrates precision here too. It is given records of its own,
in which what xtcocotools defines otherwise is settled already.
"""

import copy
import io
import time
import warnings
from collections import defaultdict
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from pycocotools import cocoeval

_COCOeval: Any = cocoeval.COCOeval  # any types of evaluation, where its stubs list those of COCO

_PARTS = {
    "body": ("keypoints",),
    "foot": ("foot_kpts",),
    "face": ("face_kpts",),
    "lefthand": ("lefthand_kpts",),
    "righthand": ("righthand_kpts",),
}
_FIELDS = {
    "keypoints": _PARTS["body"],
    "keypoints_crowd": _PARTS["body"],
    **{f"keypoints_{part}": fields for part, fields in _PARTS.items()},
    "keypoints_wholebody": tuple(field for fields in _PARTS.values() for field in fields),
}
"""Which fields of an annotation hold its keypoints, by the type of the evaluation."""

_OF_PARTS = ("foot", "face", "lefthand", "righthand", "wholebody")  # which have their own score
_AREA_OF_BOX = 0.53  # the part of its box that a person covers on average
_CROWDING = {"easy": (-np.inf, 0.2), "medium": (0.2, 0.8), "hard": (0.8, np.inf)}  # of crowdIndex


class COCOeval(_COCOeval):
    """Average precision and recall of keypoints.

    What differs from pycocotools:

    - ``evalImgs`` marks what is unmatched by -1, so that an annotation may have the id 0.
    - A detection whose keypoints all have a score of 0 does not count.
    - An annotation is ignored if none of the evaluated keypoints is visible, whatever its
      ``num_keypoints`` says, except in CrowdPose, where that alone decides.
    - An annotation without ``area``, or each with ``use_area=False``, has 0.53 of its box's area.
    - Parts and whole bodies are ranked by a score of their own, if detections have it.

    Args:
        cocoGt: The annotations.
        cocoDt: The results, of its ``loadRes``.
        iouType: Which keypoints are evaluated: a key of the table above.
        sigmas: Constants of OKS, one for each of these keypoints; None for COCO's 17.
        use_area: Whether annotations have an area.

    Raises:
        ValueError: ``iouType`` is none of the keypoints.
    """

    def __init__(
        self,
        cocoGt: Any = None,
        cocoDt: Any = None,
        iouType: str = "keypoints",
        sigmas: Any = None,
        use_area: bool = True,
    ) -> None:
        if iouType not in _FIELDS:
            raise ValueError(
                f"iouType {iouType!r} is not served instead of xtcocotools, only "
                f"{', '.join(_FIELDS)}; pycocotools evaluates boxes and masks"
            )
        super().__init__(cocoGt, cocoDt, "keypoints")
        self.params.iouType = iouType
        self.sigmas = self.params.kpt_oks_sigmas if sigmas is None else np.asarray(sigmas)
        self.use_area = use_area
        part = iouType.removeprefix("keypoints_")
        self.score_key = f"{part}_score" if part in _OF_PARTS else "score"

    def evaluate(self) -> None:
        """Match the detections of each image."""
        start = time.time()
        params = self.params
        if not params.useCats or params.useSegm is not None:
            raise ValueError(
                f"useCats={params.useCats}, useSegm={params.useSegm} are not served instead of "
                "xtcocotools: keypoints are evaluated for each category, with useSegm=None"
            )
        print("Running per image evaluation...")
        print(f"Evaluate annotation type *{params.iouType}*")
        params.imgIds, params.catIds = [*np.unique(params.imgIds)], [*np.unique(params.catIds)]
        params.maxDets = sorted(params.maxDets)
        params.kpt_oks_sigmas = self.sigmas
        self._prepare()
        self.ious = {
            (image, category): self.computeOks(image, category)
            for image in params.imgIds
            for category in params.catIds
        }
        self.evalImgs = [
            self.evaluateImg(image, category, area_range, params.maxDets[-1])
            for category in params.catIds
            for area_range in params.areaRng
            for image in params.imgIds
        ]
        self._paramsEval = copy.deepcopy(params)
        print(f"DONE (t={time.time() - start:0.2f}s).")

    def _prepare(self) -> None:
        """Make the records that pycocotools matches, by image and category."""
        self._gts, self._dts, self.eval = defaultdict(list), defaultdict(list), {}
        chosen = {"imgIds": self.params.imgIds, "catIds": self.params.catIds}
        for annotation in self.cocoGt.loadAnns(self.cocoGt.getAnnIds(**chosen)):
            record = self._annotation(annotation)
            self._gts[record["image_id"], record["category_id"]].append(record)
        detections = self.cocoDt.loadAnns(self.cocoDt.getAnnIds(**chosen))
        for record in map(self._detection, detections):
            if (record["keypoints"][2::3] > 0).any():
                self._dts[record["image_id"], record["category_id"]].append(record)
        if any(self.score_key not in detection for detection in detections):
            warnings.warn(f"detections without {self.score_key!r} have 'score'", stacklevel=3)

    def _annotation(self, annotation: Mapping[str, Any]) -> dict[str, Any]:
        keypoints = self._keypoints(annotation)
        if self.params.iouType == "keypoints_crowd":
            num_visible = annotation["num_keypoints"]
        else:
            num_visible = np.count_nonzero(keypoints[2::3] > 0)
        if self.use_area and "area" in annotation:
            area = annotation["area"]
        else:
            _, _, width, height = annotation["bbox"]
            area = width * height * _AREA_OF_BOX
        return {
            **annotation,
            "id": annotation["id"] + 1,  # 0 is pycocotools' mark of what is unmatched
            "keypoints": keypoints,
            "area": area,
            "ignore": bool(annotation.get("iscrowd")) or num_visible == 0,
        }

    def _detection(self, detection: Mapping[str, Any]) -> dict[str, Any]:
        score_key = self.score_key if self.score_key in detection else "score"
        return {
            **detection,
            "id": detection["id"] + 1,
            "keypoints": self._keypoints(detection),
            "score": detection[score_key],
        }

    def _keypoints(self, annotation: Mapping[str, Any]) -> np.ndarray:
        """Return x, y and the visibility or score of each point, (3K,)."""
        return np.concatenate([annotation[field] for field in _FIELDS[self.params.iouType]])

    def evaluateImg(self, imgId: Any, catId: Any, aRng: Any, maxDet: int) -> dict[str, Any] | None:
        """Match the detections of a category in an image; None if there is nothing to match."""
        result = super().evaluateImg(imgId, catId, aRng, maxDet)
        if result is None:
            return None
        for ids in ("dtIds", "gtIds"):
            result[ids] = [index - 1 for index in result[ids]]
        for matches in ("dtMatches", "gtMatches"):
            result[matches] = result[matches].astype(np.int64) - 1
        return result

    def accumulate(self, p: Any = None) -> None:
        """Fill ``eval`` with precision (T, R, K, A, M) and recall (T, K, A, M), -1 where undefined.

        T thresholds of OKS, R of recall, K categories, A ranges of area, M numbers of detections.
        """
        results = self.evalImgs
        self.evalImgs = [
            result and {**result, "dtMatches": result["dtMatches"] >= 0} for result in results
        ]
        super().accumulate(p)
        self.evalImgs = results

    def summarize(self) -> None:
        """Print the means of ``eval`` and keep them in ``stats``.

        For keypoints_crowd the images of each class of crowding are evaluated anew; ``eval`` is
        that of the hard ones afterwards.
        """
        if not self.eval:
            raise RuntimeError("run accumulate() first")
        is_crowd = self.params.iouType == "keypoints_crowd"
        areas = [] if is_crowd else ["medium", "large"]
        rows = [(None, "all"), (0.5, "all"), (0.75, "all"), *((None, area) for area in areas)]
        stats = [
            self._summarize(metric, *row) for metric in ("Precision", "Recall") for row in rows
        ]
        if is_crowd:
            stats += self._summarize_crowding()
        self.stats = np.array(stats)

    def _summarize(self, metric: str, threshold: float | None, area: str) -> float:
        values = self.eval[metric.lower()]  # (T, [R,] K, A, M)
        if threshold is not None:
            values = values[self.params.iouThrs == threshold]
        values = values[..., self.params.areaRngLbl.index(area), -1]
        defined = values[values > -1]
        mean = float(defined.mean()) if defined.size else -1.0
        self._print_row(metric, threshold, f"area={area:>6s}", mean)
        return mean

    def _summarize_crowding(self) -> list[float]:
        """Precision, to four digits, on the images of each class of crowding."""
        images = self.cocoGt.dataset["images"]
        means = []
        for start, end in _CROWDING.values():
            self.params.imgIds = [img["id"] for img in images if start <= img["crowdIndex"] < end]
            with redirect_stdout(io.StringIO()):
                self.evaluate()
                self.accumulate()
            means.append(float(self.eval["precision"][..., 0, :].mean().round(4)))
        for name, mean in zip(_CROWDING, means, strict=True):
            self._print_row("Precision", None, f"type={name:>6s}", mean)
        return means

    def _print_row(self, metric: str, threshold: float | None, subset: str, mean: float) -> None:
        params = self.params
        first, last = params.iouThrs[[0, -1]]
        iou = f"{first:0.2f}:{last:0.2f}" if threshold is None else f"{threshold:0.2f}"
        title = f"Average {metric}"
        print(
            f" {title:<18} (A{metric[0]}) @[ IoU={iou:<9} | {subset} | "
            f"maxDets={params.maxDets[-1]:>3d} ] = {mean: 0.3f}"
        )
