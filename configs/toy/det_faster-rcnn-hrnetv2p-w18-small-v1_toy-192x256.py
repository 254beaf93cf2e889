"""Faster R-CNN on HRNetV2p-W18-Small-v1 on the generated things: the demo.

It starts from the backbone of the demo's segmenter, which knows the scenes already.

Expected: box AP50 of at least 0.60 on the held-out split, from below 0.05 (measured here).
Command:  make demo TASK=det
"""

_base_ = [
    "../_base_/models/det/faster-rcnn_hrnetv2p_small.py",
    "../_base_/schedules/det/adamw.py",
    "../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18_small_v1",
        init_cfg=dict(
            type="Pretrained", checkpoint="work_dirs/demo/seg_hrnetv2-w18-small-v1_toy-112x112.pth"
        ),
    ),
    neck=dict(in_channels=(16, 32, 64, 128)),  # the 18 of the name is nominal
    roi_head=dict(bbox_head=dict(num_classes=6)),
)

train_cfg = dict(max_epochs=3, val_interval=1)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(
        type="OneCycleLR",
        eta_max=2e-3,
        total_steps=3,  # epochs
        pct_start=0.25,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=1, max_keep_ckpts=1))

# Boxes of the generated scenes, as COCO instances, at 0.8 of 320×240.
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
