"""COCO objects, each image at one of two scales."""

_base_ = ["coco.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="RandomChoiceResize", scales=[(1333, 640), (1333, 800)], keep_ratio=True)
            if step["type"] == "Resize"
            else step
            for step in _base_.train_dataloader.dataset.pipeline
        ]
    )
)
