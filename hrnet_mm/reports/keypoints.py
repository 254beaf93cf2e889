"""How far predicted keypoints are from the annotated ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hrnet_mm.reports.dumps import DumpedResults, ImageResult
from hrnet_mm.results import Poses
from hrnet_mm.whole_file import whole_file

THRESHOLDS = np.linspace(0.01, 0.5, 50)  # of the PCK curve
HEADINGS = ("keypoint", "annotated", "median error", "PCK@0.05", "PCK@0.2")


class KeypointErrors:
    """The mean error of an image's annotated keypoints, by the longer side of their box.

    Poses that were predicted in given boxes are compared with the annotation of their box; others,
    with those that are nearest. An annotated pose that nothing was predicted for has the error 1,
    which is the most that a keypoint counts.
    """

    score_name = "1 - mean error by the box's longer side"
    names: Sequence[str] = ()
    matrix = np.zeros((0, 0), dtype=np.int64)

    def __init__(self, results: DumpedResults) -> None:
        names = results.meta["keypoint_id2name"]
        self.keypoints = [names[number] for number in sorted(names)]
        self._parts: list[tuple[np.ndarray, ...]] = []

    def score(self, image: ImageResult) -> float | None:
        """Return the score of an image, more if it is better; None if nothing is annotated."""
        truth, predicted = image.truth, image.predicted
        assert isinstance(truth, Poses)
        assert isinstance(predicted, Poses)
        sizes = np.maximum((truth.boxes[:, 2:] - truth.boxes[:, :2]).max(axis=1), 1)
        visible = truth.keypoint_scores > 0
        found = predicted.keypoints
        if not image.is_paired:
            found = nearest(truth.keypoints, found, visible=visible, sizes=sizes)
        self._parts.append((found, truth.keypoints, visible, sizes))
        if not visible.any():
            return None
        errors = np.linalg.norm(found - truth.keypoints, axis=2) / sizes[:, None]
        return 1 - float(np.minimum(errors[visible], 1).mean())

    def pck(self, threshold: float) -> tuple[np.ndarray, float]:
        """Return mmpose's PCK of each keypoint, -1 where none is annotated, and their mean."""
        from mmpose.evaluation.functional import keypoint_pck_accuracy

        found, truth, visible, sizes = self._all()
        factors = np.stack([sizes, sizes], axis=1)
        each, mean, _ = keypoint_pck_accuracy(found, truth, visible, threshold, factors)  # type: ignore
        return each, float(mean)

    def errors(self) -> list[np.ndarray]:
        """Return for each keypoint the errors where it is annotated and was predicted."""
        found, truth, visible, sizes = self._all()
        errors = np.linalg.norm(found - truth, axis=2) / sizes[:, None]
        known = visible & np.isfinite(errors)
        return [errors[known[:, k], k] for k in range(errors.shape[1])]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the cells of a table with `HEADINGS`."""
        visible = self._all()[2]
        strict, loose = self.pck(0.05)[0], self.pck(0.2)[0]
        return [
            (
                name,
                str(number),
                f"{np.median(errors):.4f}" if len(errors) else "",
                f"{strict[k]:.3f}" if number else "",
                f"{loose[k]:.3f}" if number else "",
            )
            for k, (name, number, errors) in enumerate(
                zip(self.keypoints, visible.sum(axis=0).tolist(), self.errors(), strict=True)
            )
        ]

    def _all(self) -> tuple[np.ndarray, ...]:
        found, truth, visible, sizes = (
            np.concatenate(column) for column in zip(*self._parts, strict=True)
        )
        return found, truth, visible, sizes


def nearest(
    truth: np.ndarray, predicted: np.ndarray, *, visible: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """Choose for each annotated pose a predicted one, so that the sum of errors is least.

    Args:
        truth: (N, K, 2).
        predicted: (P, K, 2).
        visible: (N, K) of bool, which are annotated.
        sizes: (N,), by which errors are divided; one of 1 is the most that counts.

    Returns:
        (N, K, 2), infinite where there are fewer predicted poses than annotated ones.
    """
    from scipy.optimize import linear_sum_assignment

    distances = np.linalg.norm(truth[:, None] - predicted[None], axis=3) / sizes[:, None, None]
    costs = (np.minimum(distances, 1) * visible[:, None]).sum(axis=2)
    chosen = np.full_like(truth, np.inf, dtype=float)
    rows, columns = linear_sum_assignment(costs)
    chosen[rows] = predicted[columns]
    return chosen


def plot_keypoints(errors: KeypointErrors, file: Path) -> None:
    """Draw the error of each keypoint, and the PCK by its threshold."""
    figure = Figure(figsize=(12, max(4, 1.5 + 0.22 * len(errors.keypoints))), layout="constrained")
    bars, curve = figure.subplots(1, 2)
    quartiles = np.array(
        [np.percentile(e, (25, 50, 75)) if len(e) else np.full(3, np.nan) for e in errors.errors()]
    ).T
    low, middle, high = quartiles
    places = np.arange(len(errors.keypoints))
    bars.barh(places, middle, xerr=(middle - low, high - middle), capsize=2, alpha=0.7)
    bars.set_yticks(places, labels=errors.keypoints, parse_math=False)
    bars.invert_yaxis()
    bars.set(title="error by the box's longer side: median and quartiles")
    curve.plot(THRESHOLDS, [errors.pck(threshold)[1] for threshold in THRESHOLDS])
    curve.set(title="PCK, mean of the keypoints", xlabel="threshold, by the box's longer side")
    curve.set_ylim(0, 1)
    for axis in (bars, curve):
        axis.grid(alpha=0.3)
    with whole_file(file) as unfinished:
        figure.savefig(unfinished, dpi=100)
