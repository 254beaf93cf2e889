"""HRNetV2 on Cityscapes with the official recipe."""

_base_ = ["fcn.py", "cityscapes.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=19, loss_decode=dict(class_weight=_base_.class_weight)),
)
