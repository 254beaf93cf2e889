"""HRNetV2 on Cityscapes with the official recipe, trained a second time, on train and val.

The yaml's EXTRA_EPOCH and EXTRA_LR: the rate starts anew (train.py:279-287). There the optimiser's
momentum lives on; here it starts at zero. A leaf sets `load_from`, what the first training left.
"""

_base_ = ["fcn.py", "cityscapes_trainval.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=19, loss_decode=dict(class_weight=_base_.class_weight)),
)
optim_wrapper = dict(optimizer=dict(lr=0.001))
