"""COCO objects with their masks, and the stuff behind them (stuffthingmaps of COCO-Stuff)."""

_base_ = ["coco_instance.py"]

train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(seg="stuffthingmaps/train2017/"),
        pipeline=[
            dict(step, with_seg=True) if step["type"] == "LoadAnnotations" else step
            for step in _base_.train_dataloader.dataset.pipeline
        ],
    )
)
