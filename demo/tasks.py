"""The tasks of the demo: two learn from scratch, two start from the backbone of the task before."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A figure to report.

    Attributes:
        name: The evaluator's name of it.
        heading: What it is called in tables.
        best: The evaluator's best value, which is reported as 1.
    """

    name: str
    heading: str
    best: float = 1.0


@dataclass(frozen=True, kw_only=True)
class DemoTask:
    """What the demo trains, measures and shows.

    Attributes:
        name: The task, as in ``make demo TASK=name``.
        config: Path of the config.
        long_config: Path of the config that trains longer, for those who want better figures.
        metrics: What to report; the first is the one that the terminal and the curve show.
        samples: How many held-out images the summary shows.
        pretrained_by: The task whose trained backbone the config starts from.
    """

    name: str
    config: str
    long_config: str
    metrics: tuple[Metric, ...]
    samples: int = 6
    pretrained_by: "DemoTask | None" = None

    def checkpoint(self, work_dir: Path) -> Path:
        """Return the path of the trained model."""
        return work_dir / f"{Path(self.config).stem}.pth"


def in_order(tasks: Sequence[DemoTask]) -> list[DemoTask]:
    """Put the tasks that another starts from before it."""
    ordered: list[DemoTask] = []
    for task in tasks:
        if task.pretrained_by:
            ordered += in_order([task.pretrained_by])
        ordered.append(task)
    return list(dict.fromkeys(ordered))


CLASSIFICATION = DemoTask(
    name="cls",
    config="configs/toy/cls_hrnet-w18-small-v1_toy-64x64.py",
    long_config="configs/toy/cls_hrnet-w18-small-v1_18e_toy-64x64.py",
    metrics=(Metric(name="accuracy/top1", heading="top-1", best=100),),
    samples=9,
)

SEGMENTATION = DemoTask(
    name="seg",
    config="configs/toy/seg_hrnetv2-w18-small-v1_toy-112x112.py",
    long_config="configs/toy/seg_hrnetv2-w18-small-v1_30e_toy-112x112.py",
    metrics=(
        Metric(name="mIoU", heading="mIoU", best=100),
        Metric(name="mAcc", heading="mean accuracy", best=100),
        Metric(name="aAcc", heading="pixel accuracy", best=100),
    ),
    pretrained_by=CLASSIFICATION,
)

TASKS = {
    task.name: task
    for task in (
        DemoTask(
            name="pose",
            config="configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py",
            long_config="configs/toy/pose_hrnet-w18-small-v1_25e_toy-128x96.py",
            metrics=(
                Metric(name="coco/AP", heading="AP"),
                Metric(name="coco/AP .5", heading="AP50"),
                Metric(name="coco/AP .75", heading="AP75"),
                Metric(name="coco/AR", heading="AR"),
            ),
        ),
        CLASSIFICATION,
        SEGMENTATION,
        DemoTask(
            name="det",
            config="configs/toy/det_faster-rcnn-hrnetv2p-w18-small-v1_toy-192x256.py",
            long_config="configs/toy/det_faster-rcnn-hrnetv2p-w18-small-v1_8e_toy-192x256.py",
            metrics=(
                Metric(name="coco/bbox_mAP_50", heading="AP50"),
                Metric(name="coco/bbox_mAP", heading="AP"),
                Metric(name="coco/bbox_mAP_75", heading="AP75"),
            ),
            pretrained_by=SEGMENTATION,
        ),
    )
}
