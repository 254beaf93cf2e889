"""MPII, augmented as in mmpose 1.3.2 with DARK.

DARK draws a peak around the keypoint itself, not around the nearest cell; its blur's kernel is 11,
as in its fork (BLUR_KERNEL) and by default in mmpose.
"""

_base_ = ["mpii_256x256.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="hrnet_mm.ZeroBasedKeypoints"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(type="RandomBBoxTransform", shift_prob=0),
            dict(type="TopdownAffine", input_size=(256, 256)),
            dict(
                type="GenerateTarget",
                encoder=dict(
                    type="MSRAHeatmap",
                    input_size=(256, 256),
                    heatmap_size=(64, 64),
                    sigma=2,
                    unbiased=True,
                ),
            ),
            dict(type="PackPoseInputs"),
        ],
    ),
)
