"""Faster R-CNN on HRNetV2p-W18-Small-v1 from scratch on 292 images of blood, in minutes on a CPU.

Expected: box AP of at least 0.50 and AP50 of at least 0.85 on val (measured here). No
          figure is published for it.
Command:  python tools/train.py configs/det/bccd/ours/\
faster-rcnn_hrnetv2p-w18-small-v1_1xb4-12e_bccd-240x320.py
"""

_base_ = [
    "../../../_base_/models/det/faster-rcnn_hrnetv2p_small.py",
    "../../../_base_/schedules/det/adamw.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(arch="w18_small_v1"),
    neck=dict(in_channels=(16, 32, 64, 128)),  # the 18 of the name is nominal
    roi_head=dict(bbox_head=dict(num_classes=3)),
)

train_cfg = dict(max_epochs=12)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=73, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=11, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(save_best="coco/bbox_mAP", rule="greater", interval=2, max_keep_ckpts=1),
)

# BCCD, blood cells under a microscope, as COCO instances: {train,val}.json and images/.
#
# The images of 640×480 are halved.
metainfo = dict(
    classes=("Platelets", "RBC", "WBC"), palette=[(58, 150, 220), (220, 60, 60), (140, 60, 190)]
)
train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="CocoDataset",
        data_root="data/bccd/",
        ann_file="train.json",
        data_prefix=dict(img="images/"),
        metainfo=metainfo,
        filter_cfg=dict(filter_empty_gt=True),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(type="Resize", scale=(320, 240), keep_ratio=True),
            # A microscope has no up and down.
            dict(type="RandomFlip", prob=0.75, direction=["horizontal", "vertical", "diagonal"]),
            dict(type="PackDetInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CocoDataset",
        data_root="data/bccd/",
        ann_file="val.json",
        data_prefix=dict(img="images/"),
        metainfo=metainfo,
        test_mode=True,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="Resize", scale=(320, 240), keep_ratio=True),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(
                type="PackDetInputs",
                meta_keys=("img_id", "img_path", "ori_shape", "img_shape", "scale_factor"),
            ),
        ],
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(type="CocoMetric", ann_file="data/bccd/val.json", metric="bbox")
test_evaluator = val_evaluator

del metainfo
