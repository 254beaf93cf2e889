"""People of the generated scenes as COCO keypoints at 128×96, with the boxes of the annotations."""

_base_ = ["../toy.py"]

codec = dict(
    type="MSRAHeatmap",
    input_size=(96, 128),
    heatmap_size=(24, 32),
    sigma=1.5,
    unbiased=True,
    blur_kernel_size=3,  # as in the DARK code at this size
)

dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"
dataset = dict(type=dataset_type, data_root=_base_.data_root, data_mode=data_mode)
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        **dataset,
        ann_file="annotations/person_keypoints_train.json",
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(type="RandomBBoxTransform", scale_factor=(0.85, 1.15), rotate_factor=20),
            dict(type="TopdownAffine", input_size=codec["input_size"]),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    dataset=dict(
        **dataset,
        ann_file="annotations/person_keypoints_val.json",
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="TopdownAffine", input_size=codec["input_size"]),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type="CocoMetric", ann_file=_base_.data_root + "annotations/person_keypoints_val.json"
)
test_evaluator = val_evaluator
