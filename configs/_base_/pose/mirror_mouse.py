"""A mouse seen from the side and, in a mirror, from below: 17 points, one animal in each image.

The frames of lightning-pose's mirror-mouse example as COCO keypoints: train.json, val.json and
images/. No two points swap under a flip, for the two views are not each other's mirror image.
"""

_base_ = ["../loaders.py"]

codec = dict(
    type="MSRAHeatmap", input_size=(192, 192), heatmap_size=(48, 48), sigma=2, unbiased=True
)

_keypoints = [
    *["paw1LH_top", "paw2LF_top", "paw3RF_top", "paw4RH_top"],
    *["tailBase_top", "tailMid_top", "nose_top", "obs_top"],
    *["paw1LH_bot", "paw2LF_bot", "paw3RF_bot", "paw4RH_bot"],
    *["tailBase_bot", "tailMid_bot", "nose_bot", "obsHigh_bot", "obsLow_bot"],
]
_views = {"top": [51, 153, 255], "bot": [255, 128, 0]}
metainfo = dict(
    dataset_name="mirror_mouse",
    paper_info=dict(title="lightning-pose, data/mirror-mouse-example"),
    keypoint_info={
        i: dict(name=name, id=i, color=_views[name[-3:]], type="", swap="")
        for i, name in enumerate(_keypoints)
    },
    skeleton_info={},
    joint_weights=[1.0] * len(_keypoints),
    sigmas=[0.05] * len(_keypoints),  # none are published; only OKS would use them
)

dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"
data_root = "data/mirror_mouse/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=data_mode,
    data_prefix=dict(img="images/"),
    metainfo=metainfo,
)
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        **dataset,
        ann_file="train.json",
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale", padding=1.0),
            dict(type="RandomBBoxTransform", scale_factor=(0.8, 1.2), rotate_factor=30),
            dict(type="TopdownAffine", input_size=codec["input_size"]),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        **dataset,
        ann_file="val.json",
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale", padding=1.0),
            dict(type="TopdownAffine", input_size=codec["input_size"]),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="EPE")
test_evaluator = val_evaluator
