"""HRNetV2 on PASCAL-Context in 60 classes, with the recipe of the official branch master."""

_base_ = ["fcn.py", "pascal-context_480.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=60),
    test_cfg=_base_.windows,
)
