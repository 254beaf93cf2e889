"""HRNet-W18-Small-v1 from scratch on the generated people: the demo.

Expected: AP of at least 0.70 on the held-out split, from below 0.05 (measured here).
Command:  make demo TASK=pose
"""

_base_ = [
    "../_base_/models/pose/td-hm_hrnet.py",
    "../_base_/pose/default_runtime.py",
]

codec = dict(
    type="MSRAHeatmap",
    input_size=(96, 128),
    heatmap_size=(24, 32),
    sigma=1.5,
    unbiased=True,
    blur_kernel_size=3,  # as in the DARK code at this size
)
model = dict(
    backbone=dict(arch="w18_small_v1"),
    head=dict(in_channels=16, out_channels=17, decoder=codec),
)

# People of the generated scenes, 320×240, as COCO keypoints, in the boxes of the annotations.
dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"

train_dataloader = dict(
    batch_size=16,
    # The work for one image is small: a second worker would take the processor from the network.
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="CocoDataset",
        data_root="data/toy/",
        data_mode="topdown",
        ann_file="annotations/person_keypoints_train.json",
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(type="RandomBBoxTransform", scale_factor=(0.85, 1.15), rotate_factor=20),
            dict(type="TopdownAffine", input_size=(96, 128)),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CocoDataset",
        data_root="data/toy/",
        data_mode="topdown",
        ann_file="annotations/person_keypoints_val.json",
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="TopdownAffine", input_size=(96, 128)),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="CocoMetric", ann_file="data/toy/annotations/person_keypoints_val.json")
test_evaluator = val_evaluator

train_cfg = dict(by_epoch=True, max_epochs=12, val_interval=3)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=5e-3, weight_decay=1e-4))
param_scheduler = [
    dict(
        type="OneCycleLR",
        eta_max=5e-3,
        total_steps=12,  # epochs
        pct_start=0.25,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=3, max_keep_ckpts=1))

del codec
