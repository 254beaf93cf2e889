"""Boxes and masks of the generated things, as COCO instances, at 0.8 of their size."""

_base_ = ["../toy.py", "packing.py"]

scale = (256, 192)
dataset = dict(
    type="CocoDataset",
    data_root=_base_.data_root,
    data_prefix=dict(img=""),  # the file names are relative to the root
    metainfo=dict(classes=_base_.things, palette=_base_.things_palette),
)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        **dataset,
        ann_file="annotations/instances_train.json",
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(type="Resize", scale=scale),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=4,
    dataset=dict(
        **dataset,
        ann_file="annotations/instances_val.json",
        test_mode=True,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="Resize", scale=scale),
            dict(type="LoadAnnotations", with_bbox=True),
            _base_.packed,
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type="CocoMetric", ann_file=_base_.data_root + "annotations/instances_val.json", metric="bbox"
)
test_evaluator = val_evaluator
