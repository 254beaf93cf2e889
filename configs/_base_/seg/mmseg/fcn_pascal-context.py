"""HRNetV2 on PASCAL-Context in 60 classes with mmseg's recipe."""

_base_ = ["fcn.py", "pascal-context.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=60),
    test_cfg=dict(mode="slide", crop_size=_base_.crop_size, stride=(320, 320)),
)
