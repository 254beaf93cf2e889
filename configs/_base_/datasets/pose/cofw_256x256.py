"""COFW: 29 landmarks of a face at 256×256."""

dataset_type = "COFWDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"

train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="COFWDataset",
        data_root="data/cofw/",
        data_mode="topdown",
        ann_file="annotations/cofw_train.json",
        data_prefix=dict(img="images/"),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="COFWDataset",
        data_root="data/cofw/",
        data_mode="topdown",
        ann_file="annotations/cofw_test.json",
        data_prefix=dict(img="images/"),
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
val_evaluator = dict(type="NME", norm_mode="keypoint_distance")  # between the eyes' outer corners
test_evaluator = val_evaluator
