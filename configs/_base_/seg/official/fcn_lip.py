"""HRNetV2 on LIP with the official recipe."""

_base_ = ["fcn.py", "lip.py"]

model = dict(data_preprocessor=dict(size=_base_.crop_size), decode_head=dict(num_classes=20))
