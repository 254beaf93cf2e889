"""MPII's 16 keypoints of a person at 256×256, in the boxes that the annotations give.

The annotations count pixels from 1, as Matlab does. mmpose 1.3.2 converts the boxes only, and its
metric adds 1 to what is predicted: trained on these joints, a network points one pixel to the lower
right. mmpose 0.x, which trained the weights of mmpose's figures, and the official code (mpii.py:71)
convert the joints too: hence hrnet_mm.ZeroBasedKeypoints in each train pipeline. Tests need no such
step: the metric compares with the joints as they are annotated.
"""

dataset_type = "MpiiDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"

train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="MpiiDataset",
        data_root="data/mpii/",
        data_mode="topdown",
        ann_file="annotations/mpii_train.json",
        data_prefix=dict(img="images/"),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="MpiiDataset",
        data_root="data/mpii/",
        data_mode="topdown",
        ann_file="annotations/mpii_val.json",
        data_prefix=dict(img="images/"),
        headbox_file="data/mpii/annotations/mpii_gt_val.mat",
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="TopdownAffine", input_size=(256, 256)),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="MpiiPCKAccuracy")
test_evaluator = val_evaluator
