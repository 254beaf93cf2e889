"""BCCD, blood cells under a microscope, as COCO instances: {train,val}.json and images/.

The images of 640×480 are halved.
"""

_base_ = ["../loaders.py", "packing.py"]

data_root = "data/bccd/"
scale = (320, 240)
dataset = dict(
    type="CocoDataset",
    data_root=data_root,
    data_prefix=dict(img="images/"),
    metainfo=dict(
        classes=("Platelets", "RBC", "WBC"), palette=[(58, 150, 220), (220, 60, 60), (140, 60, 190)]
    ),
)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        **dataset,
        ann_file="train.json",
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(type="Resize", scale=scale, keep_ratio=True),
            # A microscope has no up and down.
            dict(type="RandomFlip", prob=0.75, direction=["horizontal", "vertical", "diagonal"]),
            dict(type="PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=4,
    dataset=dict(
        **dataset,
        ann_file="val.json",
        test_mode=True,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="Resize", scale=scale, keep_ratio=True),
            dict(type="LoadAnnotations", with_bbox=True),
            _base_.packed,
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="CocoMetric", ann_file=data_root + "val.json", metric="bbox")
test_evaluator = val_evaluator
