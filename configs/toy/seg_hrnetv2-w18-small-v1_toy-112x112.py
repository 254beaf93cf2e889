"""HRNetV2-W18-Small-v1 on the label maps of the generated scenes: the demo.

It starts from the backbone of the demo's classifier, as published networks do from ImageNet's.

Expected: mIoU of at least 0.60 on the held-out split, from below 0.05 (measured here).
Command:  make demo TASK=seg
"""

_base_ = [
    "../_base_/models/seg/fcn_hrnetv2.py",
    "../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(112, 112)),
    backbone=dict(
        arch="w18_small_v1",
        init_cfg=dict(
            type="Pretrained", checkpoint="work_dirs/demo/cls_hrnet-w18-small-v1_toy-64x64.pth"
        ),
    ),
    neck=dict(in_channels=(16, 32, 64, 128)),
    decode_head=dict(
        in_channels=240,
        channels=240,
        num_classes=10,
        loss_decode=dict(
            type="CrossEntropyLoss",
            loss_weight=1.0,
            avg_non_ignore=True,
            # Dogs, balls and signs have about one percent of the pixels each.
            class_weight=[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 2.5, 2.5],
        ),
    ),
)
env_cfg = dict(cudnn_benchmark=False)  # a run stays repeatable
log_processor = dict(by_epoch=True)

# AdamW for 10 epochs of 120 batches.
train_cfg = dict(by_epoch=True, max_epochs=10, val_interval=5)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=3e-3, weight_decay=1e-4))
param_scheduler = [
    dict(
        type="OneCycleLR",
        eta_max=3e-3,
        total_steps=10,  # epochs
        pct_start=0.25,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=20),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(type="CheckpointHook", interval=5, max_keep_ckpts=1),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    visualization=dict(type="SegVisualizationHook", draw=False),
)

# Label maps of the generated scenes, at 0.75 of 320×240, in the folders of Cityscapes.
#
# Training takes small crops that no class fills, for things cover little of an image.
metainfo = dict(
    classes=(
        "sky",
        "building",
        "road",
        "grass",
        "person",
        "car",
        "dog",
        "tree",
        "ball",
        "sign",
    ),
    palette=[
        (112, 176, 224),
        (160, 120, 108),
        (128, 128, 136),
        (132, 184, 92),
        (236, 92, 92),
        (64, 84, 196),
        (168, 92, 40),
        (36, 116, 68),
        (248, 180, 48),
        (176, 76, 188),
    ],
)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomResize", scale=(240, 180), ratio_range=(0.8, 1.25), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(112, 112), cat_max_ratio=0.4),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(240, 180), keep_ratio=True),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=4,
    # The work for one image is small: a second worker would take the processor from the network.
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="BaseSegDataset",  # CityscapesDataset takes the classes of Cityscapes only
        data_root="data/toy/",
        metainfo=metainfo,
        img_suffix="_leftImg8bit.png",
        seg_map_suffix="_gtFine_labelTrainIds.png",
        data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="BaseSegDataset",
        data_root="data/toy/",
        metainfo=metainfo,
        img_suffix="_leftImg8bit.png",
        seg_map_suffix="_gtFine_labelTrainIds.png",
        data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator

del metainfo, train_pipeline
