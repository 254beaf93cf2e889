"""COCO in crops of 256×192, as in mmpose 1.3.2 with DARK.

DARK draws a peak around the keypoint itself, not around the nearest cell; its blur's kernel is 11,
as in its fork (BLUR_KERNEL) and by default in mmpose.
"""

_base_ = ["coco.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(type="RandomHalfBody"),
            dict(type="RandomBBoxTransform"),
            dict(type="TopdownAffine", input_size=(192, 256)),
            dict(
                type="GenerateTarget",
                encoder=dict(
                    type="MSRAHeatmap",
                    input_size=(192, 256),
                    heatmap_size=(48, 64),
                    sigma=2,
                    unbiased=True,
                ),
            ),
            dict(type="PackPoseInputs"),
        ],
    ),
)
val_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="TopdownAffine", input_size=(192, 256)),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
