"""What the data sets of face landmarks share: 256×256, and errors in parts of the face's size."""

_base_ = ["../../loaders.py"]

data_mode = "topdown"  # what mmpose's Inferencers look for
val_dataloader = dict(
    batch_size=32,
    dataset=dict(
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
