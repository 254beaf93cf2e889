"""COCO objects with their masks."""

_base_ = ["coco.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(step, with_mask=True) if step["type"] == "LoadAnnotations" else step
            for step in _base_.train_dataloader.dataset.pipeline
        ]
    )
)
val_evaluator = dict(metric=["bbox", "segm"])
test_evaluator = val_evaluator
