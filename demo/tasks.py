"""The tasks of the demo: two learn from scratch, two start from the backbone of the classifier."""

from demo.drawing import draw_class, draw_labels, draw_pose
from demo.run import DemoTask, Metric

CLASSIFICATION = DemoTask(
    name="cls",
    config="configs/toy/cls_hrnet-w18-small-v1_toy-64x64.py",
    metrics=(Metric(name="accuracy/top1", heading="top-1", best=100),),
    draw=draw_class,
    caption="held-out objects with their true and predicted class",
    grid=(3, 6),
)

TASKS = {
    task.name: task
    for task in (
        DemoTask(
            name="pose",
            config="configs/toy/pose_hrnet-w18-small-v1_toy-128x96.py",
            metrics=(
                Metric(name="coco/AP", heading="AP"),
                Metric(name="coco/AP .5", heading="AP50"),
                Metric(name="coco/AP .75", heading="AP75"),
                Metric(name="coco/AR", heading="AR"),
            ),
            draw=draw_pose,
            caption="held-out images: true skeletons left, predicted right",
        ),
        CLASSIFICATION,
        DemoTask(
            name="seg",
            config="configs/toy/seg_hrnetv2-w18-small-v1_toy-112x112.py",
            metrics=(
                Metric(name="mIoU", heading="mIoU", best=100),
                Metric(name="mAcc", heading="mean accuracy", best=100),
                Metric(name="aAcc", heading="pixel accuracy", best=100),
            ),
            draw=draw_labels,
            caption="held-out images: true classes left, predicted right",
            pretrained_by=CLASSIFICATION,
        ),
        DemoTask(
            name="det",
            config="configs/toy/det_faster-rcnn-hrnetv2p-w18-small-v1_toy-192x256.py",
            metrics=(
                Metric(name="coco/bbox_mAP_50", heading="AP50"),
                Metric(name="coco/bbox_mAP", heading="AP"),
                Metric(name="coco/bbox_mAP_75", heading="AP75"),
            ),
            draw=draw_labels,
            caption="held-out images: true boxes left, predicted right",
            pretrained_by=CLASSIFICATION,
        ),
    )
}
