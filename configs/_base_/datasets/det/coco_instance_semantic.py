"""COCO 2017 with boxes, masks and the stuff behind them (stuffthingmaps): as for mmdet 3's HTC."""

_base_ = ["coco_instance.py"]

train_dataloader = dict(
    dataset=dict(
        data_prefix=dict(seg="stuffthingmaps/train2017/"),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True, with_mask=True, with_seg=True),
            dict(type="Resize", scale=(1333, 800), keep_ratio=True),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    )
)
