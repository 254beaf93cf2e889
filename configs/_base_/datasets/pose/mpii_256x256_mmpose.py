"""MPII, augmented as in mmpose 1.3.2."""

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
                    type="MSRAHeatmap", input_size=(256, 256), heatmap_size=(64, 64), sigma=2
                ),
            ),
            dict(type="PackPoseInputs"),
        ],
    ),
)
