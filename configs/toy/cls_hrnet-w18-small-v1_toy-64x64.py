"""HRNet-W18-Small-v1 from scratch on single objects of the toy scenes: the demo.

Expected: top-1 accuracy of at least 85 % on the held-out split, from about 17 % (measured here).
Command:  make demo TASK=cls
"""

_base_ = [
    "../_base_/models/cls/hrnet.py",
    "../_base_/cls/default_runtime.py",
]

data_preprocessor = dict(num_classes=6)
model = dict(
    backbone=dict(arch="w18_small_v1"),
    neck=[
        dict(type="HRNetClsNeck", in_channels=(16, 32, 64, 128)),
        dict(type="GlobalAveragePooling"),
    ],
    head=dict(num_classes=6),
)
default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(_delete_=True, type="CheckpointHook", interval=2, max_keep_ckpts=1),
)

# 8 epochs of AdamW in one cycle of the learning rate (Smith and Topin 2019, arXiv 1708.07120).
train_cfg = dict(by_epoch=True, max_epochs=8, val_interval=2)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=2.5e-3, weight_decay=0.05))
param_scheduler = [
    dict(
        type="OneCycleLR",
        eta_max=2.5e-3,
        total_steps=8,  # epochs
        pct_start=0.25,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]

# Single objects cut from the toy scenes, 64×64, a folder for each class (`python -m demo`).
# The work for one image is small: a second worker would take the processor from the network.
train_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="CustomDataset",
        data_root="data/toy/classification",
        data_prefix="train",
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="RandomResizedCrop", scale=64, crop_ratio_range=(0.6, 1.0)),
            dict(type="RandomFlip", prob=0.5, direction="horizontal"),
            dict(type="PackInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CustomDataset",
        data_root="data/toy/classification",
        data_prefix="val",
        pipeline=[dict(type="LoadImageFromFile"), dict(type="PackInputs")],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="Accuracy", topk=(1,))
test_evaluator = val_evaluator
