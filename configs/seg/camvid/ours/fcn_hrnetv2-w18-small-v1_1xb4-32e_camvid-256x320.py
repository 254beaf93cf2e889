"""HRNetV2-W18-Small-v1 from scratch on 180 road scenes, in minutes on a laptop's CPU.

Expected: mIoU of at least 0.40 on val (measured here). No figure is published for it.
Command:  python tools/train.py configs/seg/camvid/ours/\
fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320.py
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(256, 320)),
    backbone=dict(arch="w18_small_v1"),
    neck=dict(in_channels=(16, 32, 64, 128)),
    decode_head=dict(
        in_channels=240,
        channels=240,
        num_classes=11,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
    ),
)
env_cfg = dict(cudnn_benchmark=False)  # a run stays repeatable
log_processor = dict(by_epoch=True)

# AdamW for 32 epochs of 45 batches, the first of them to warm up.
train_cfg = dict(by_epoch=True, max_epochs=32, val_interval=8)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.01))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=45, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=31, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=15),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook",
        interval=8,
        save_best="mIoU",
        rule="greater",
        max_keep_ckpts=1,
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    visualization=dict(type="SegVisualizationHook", draw=False),
)

# CamVid, road scenes of 480×360 in 11 classes: images/ and annotations/, each {train,val}.
metainfo = dict(
    classes=(
        "Sky",
        "Building",
        "Pole",
        "Road",
        "Pavement",
        "Tree",
        "SignSymbol",
        "Fence",
        "Car",
        "Pedestrian",
        "Bicyclist",
    ),
    palette=[  # the colours of the dataset's own label images
        [128, 128, 128],
        [128, 0, 0],
        [192, 192, 128],
        [128, 64, 128],
        [60, 40, 222],
        [128, 128, 0],
        [192, 128, 128],
        [64, 64, 128],
        [64, 0, 128],
        [64, 64, 0],
        [0, 128, 192],
    ],
)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomResize", scale=(480, 360), ratio_range=(0.75, 1.75), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(256, 320), cat_max_ratio=0.75),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PhotoMetricDistortion"),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="BaseSegDataset",
        data_root="data/camvid/",
        metainfo=metainfo,
        img_suffix=".jpg",
        seg_map_suffix=".png",
        data_prefix=dict(img_path="images/train", seg_map_path="annotations/train"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="BaseSegDataset",
        data_root="data/camvid/",
        metainfo=metainfo,
        img_suffix=".jpg",
        seg_map_suffix=".png",
        data_prefix=dict(img_path="images/val", seg_map_path="annotations/val"),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator

del metainfo, train_pipeline
