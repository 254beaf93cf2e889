"""Segmentation is measured on whole images, at the size of their labels.

mmseg's `inference_model` looks for `test_pipeline` here.
"""

test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator
