"""HRNet-W18-Small-v1 from scratch on 72 images of a mouse, in minutes on a laptop's CPU.

Expected: end-point error of at most 7 px on the 18 held-out images of 396×406 (measured here).
          No figure is published for this network.
Command:  python tools/train.py configs/pose/mirror_mouse/ours/\
td-hm_hrnet-w18-small-v1_1xb8-60e_mirror-mouse-192x192.py
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/pose/default_runtime.py",
]

codec = dict(
    type="MSRAHeatmap", input_size=(192, 192), heatmap_size=(48, 48), sigma=2, unbiased=True
)
model = dict(
    backbone=dict(arch="w18_small_v1"),
    head=dict(in_channels=16, out_channels=17, decoder=codec),
    test_cfg=dict(flip_test=False),
)

# The frames of lightning-pose's mirror-mouse example as COCO keypoints: train.json, val.json and
# images/. A mouse seen from the side and, in a mirror, from below: 17 points, one animal in each
# image. No two points swap under a flip, because the two views are not flips of each other.
metainfo = dict(
    dataset_name="mirror_mouse",
    paper_info=dict(title="lightning-pose, data/mirror-mouse-example"),
    keypoint_info={
        0: dict(name="paw1LH_top", id=0, color=[51, 153, 255], type="", swap=""),
        1: dict(name="paw2LF_top", id=1, color=[51, 153, 255], type="", swap=""),
        2: dict(name="paw3RF_top", id=2, color=[51, 153, 255], type="", swap=""),
        3: dict(name="paw4RH_top", id=3, color=[51, 153, 255], type="", swap=""),
        4: dict(name="tailBase_top", id=4, color=[51, 153, 255], type="", swap=""),
        5: dict(name="tailMid_top", id=5, color=[51, 153, 255], type="", swap=""),
        6: dict(name="nose_top", id=6, color=[51, 153, 255], type="", swap=""),
        7: dict(name="obs_top", id=7, color=[51, 153, 255], type="", swap=""),
        8: dict(name="paw1LH_bot", id=8, color=[255, 128, 0], type="", swap=""),
        9: dict(name="paw2LF_bot", id=9, color=[255, 128, 0], type="", swap=""),
        10: dict(name="paw3RF_bot", id=10, color=[255, 128, 0], type="", swap=""),
        11: dict(name="paw4RH_bot", id=11, color=[255, 128, 0], type="", swap=""),
        12: dict(name="tailBase_bot", id=12, color=[255, 128, 0], type="", swap=""),
        13: dict(name="tailMid_bot", id=13, color=[255, 128, 0], type="", swap=""),
        14: dict(name="nose_bot", id=14, color=[255, 128, 0], type="", swap=""),
        15: dict(name="obsHigh_bot", id=15, color=[255, 128, 0], type="", swap=""),
        16: dict(name="obsLow_bot", id=16, color=[255, 128, 0], type="", swap=""),
    },
    skeleton_info={},
    joint_weights=[1.0] * 17,
    sigmas=[0.05] * 17,  # none are published; only OKS would use them
)
dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"

train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="CocoDataset",
        data_root="data/mirror_mouse/",
        data_mode="topdown",
        ann_file="train.json",
        data_prefix=dict(img="images/"),
        metainfo=metainfo,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale", padding=1.0),
            dict(type="RandomBBoxTransform", scale_factor=(0.8, 1.2), rotate_factor=30),
            dict(type="TopdownAffine", input_size=(192, 192)),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CocoDataset",
        data_root="data/mirror_mouse/",
        data_mode="topdown",
        ann_file="val.json",
        data_prefix=dict(img="images/"),
        metainfo=metainfo,
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale", padding=1.0),
            dict(type="TopdownAffine", input_size=(192, 192)),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="EPE")
test_evaluator = val_evaluator

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=10)
optim_wrapper = dict(optimizer=dict(type="Adam", lr=2e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=20, start_factor=0.01, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=60, milestones=[45, 55], gamma=0.1, by_epoch=True),
]
default_hooks = dict(
    logger=dict(interval=9), checkpoint=dict(save_best="EPE", rule="less", max_keep_ckpts=1)
)

del codec, metainfo
