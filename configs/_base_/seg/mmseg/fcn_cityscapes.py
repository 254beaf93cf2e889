"""HRNetV2 on Cityscapes with mmseg's recipe."""

_base_ = ["fcn.py", "cityscapes.py"]

model = dict(data_preprocessor=dict(size=_base_.crop_size), decode_head=dict(num_classes=19))
