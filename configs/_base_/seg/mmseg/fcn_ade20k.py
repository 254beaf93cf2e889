"""HRNetV2 on ADE20K with mmseg's recipe."""

_base_ = ["fcn.py", "ade20k.py"]

model = dict(data_preprocessor=dict(size=_base_.crop_size), decode_head=dict(num_classes=150))
