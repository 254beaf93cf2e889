"""COCO in crops of 384×288, as in deep-high-resolution-net.pytorch and DARK's fork.

Not the same: the official code trains in boxes that are one pixel smaller, and validates in the
boxes of the annotations while it trains. DARK draws a peak around the keypoint itself, not around
the nearest pixel; its blur's kernel is 11, as in its fork (BLUR_KERNEL) and by default in mmpose.
"""

_base_ = ["coco.py"]

train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),  # padding 1.25, as in the official code
            dict(type="RandomFlip", direction="horizontal"),
            # JointsDataset.py:65-108 picks a half with more than 2 joints. If both have more, it
            # picks the upper one with probability 0.691, that of a normal variate below 0.5.
            dict(type="RandomHalfBody", min_upper_keypoints=3, upper_prioritized_prob=0.691),
            dict(
                type="hrnet_mm.ClippedBBoxTransform",
                scale_factor=0.35,
                rotate_factor=45.0,
                rotate_prob=0.6,
            ),
            dict(type="TopdownAffine", input_size=(288, 384)),
            dict(
                type="GenerateTarget",
                encoder=dict(
                    type="MSRAHeatmap",
                    input_size=(288, 384),
                    heatmap_size=(72, 96),
                    sigma=3,
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
            dict(type="TopdownAffine", input_size=(288, 384)),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
