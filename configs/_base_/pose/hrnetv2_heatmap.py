"""HRNetV2 for landmarks of faces and hands: all maps in one, then a heatmap for each landmark.

A leaf sets the width (`backbone.arch`, `neck.in_channels`), `head.in_channels` (their sum),
`head.out_channels` (landmarks) and `head.decoder` (the codec).
"""

_base_ = ["hrnet_heatmap.py"]

model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3), upsample="bilinear"),
    neck=dict(type="HRNetV2"),
)
