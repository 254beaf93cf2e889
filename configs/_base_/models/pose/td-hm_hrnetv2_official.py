"""HRNetV2 for landmarks as in HRNet-Facial-Landmark-Detection (lib/models/hrnet.py).

Not the same: the official code crops through PIL, which stretches each crop's contrast to 0 to 255;
flips x to W - x, not W - 1 - x; counts in the loss heatmaps that a landmark left; moves a maximum
by a quarter of a heatmap pixel only where it is off the border on both axes; and rounds decoded
coordinates to whole pixels of the image.
"""

_base_ = ["td-hm_hrnetv2.py"]

model = dict(
    backbone=dict(norm_cfg=dict(type="BN", momentum=0.01)),  # lib/models/hrnet.py:21
    neck=dict(norm_cfg=dict(type="BN", momentum=0.01)),
    test_cfg=dict(flip_test=False),  # FLIP_TEST of the yaml
)
