"""COCO 2017 with boxes, each image at one of two scales.

As in mmdet 3's FCOS, whose weights the official README links; HRNet-FCOS draws any scale between.
"""

_base_ = ["coco_detection.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(type="RandomChoiceResize", scales=[(1333, 640), (1333, 800)], keep_ratio=True),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    )
)
