"""WFLW, 98 landmarks of faces at 256×256, with the augmentation of the official face code."""

_base_ = ["../loaders.py"]

codec = dict(type="MSRAHeatmap", input_size=(256, 256), heatmap_size=(64, 64), sigma=1.5)

dataset_type = "WFLWDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"
data_root = "data/wflw/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=data_mode,
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        **dataset,
        ann_file="annotations/face_landmarks_wflw_train.json",
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(
                type="RandomBBoxTransform",
                shift_prob=0,
                scale_factor=(0.75, 1.25),
                rotate_factor=30,
                rotate_prob=0.6,
            ),
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
        ann_file="annotations/face_landmarks_wflw_test.json",
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
val_evaluator = dict(type="NME", norm_mode="keypoint_distance")
test_evaluator = val_evaluator
