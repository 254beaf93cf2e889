"""COCO in crops of 384×288, as in mmpose 1.3.2 with UDP.

UDP measures lengths from the centre of the first pixel to that of the last.
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
            dict(type="TopdownAffine", input_size=(288, 384), use_udp=True),
            dict(
                type="GenerateTarget",
                encoder=dict(
                    type="UDPHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=3
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
            dict(type="TopdownAffine", input_size=(288, 384), use_udp=True),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
