"""Faster R-CNN on COCO with trained batch norms, each image at one of three scales.

The official code pads every batch to 1600×1024, or 1024×1600 if upright: its training collapsed
where GPUs held images of different sizes. Here a batch is padded to a multiple of 32 only: torch's
SyncBN weighs each GPU by what it holds, and mmdet's padding to a size knows no upright images.
"""

_base_ = ["faster-rcnn_syncbn.py"]

_scales = [(1600, 1000), (1000, 600), (1333, 800)]
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="RandomChoiceResize", scales=_scales, keep_ratio=True)
            if step["type"] == "Resize"
            else step
            for step in _base_.train_dataloader.dataset.pipeline
        ]
    )
)
