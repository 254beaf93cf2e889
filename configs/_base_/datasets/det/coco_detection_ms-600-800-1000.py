"""COCO 2017 with boxes, each image at one of three scales: the official configs with SyncBN.

The official code pads every batch to 1600×1024, or 1024×1600 if upright: its training collapsed
where GPUs held images of different sizes. Here a batch is padded to a multiple of 32 only: torch's
SyncBN weighs each GPU by what it holds, and mmdet's padding to a size knows no upright images.
"""

_base_ = ["coco_detection.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(
                type="RandomChoiceResize",
                scales=[(1600, 1000), (1000, 600), (1333, 800)],
                keep_ratio=True,
            ),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    )
)
