"""Boxes of the generated scenes (hrnet_mm.datasets), as COCO instances, at 0.8 of 320×240."""

metainfo = dict(
    classes=("person", "car", "dog", "tree", "ball", "sign"),
    palette=[
        (236, 92, 92),
        (64, 84, 196),
        (168, 92, 40),
        (36, 116, 68),
        (248, 180, 48),
        (176, 76, 188),
    ],
)
# The work for one image is small: a second worker would take the processor from the network.
train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="CocoDataset",
        data_root="data/toy/",
        ann_file="annotations/instances_train.json",
        data_prefix=dict(img=""),  # the file names are relative to the root
        metainfo=metainfo,
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(type="Resize", scale=(256, 192)),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CocoDataset",
        data_root="data/toy/",
        ann_file="annotations/instances_val.json",
        data_prefix=dict(img=""),
        metainfo=metainfo,
        test_mode=True,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="Resize", scale=(256, 192)),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(
                type="PackDetInputs",
                meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
            ),
        ],
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type="CocoMetric", ann_file="data/toy/annotations/instances_val.json", metric="bbox"
)
test_evaluator = val_evaluator
del metainfo
