"""FCOS's schedule of 12 epochs, 16 images: HRNet-FCOS, and mmdet's for its FCOS."""

_base_ = ["official_1x.py"]

# No HRNet-FCOS config sets how biases learn: as in mmdet's FCOS, and so is the clipping.
optim_wrapper = dict(paramwise_cfg=dict(bias_lr_mult=2.0, bias_decay_mult=0.0))
param_scheduler = [
    dict(type="ConstantLR", begin=0, end=500, factor=1 / 3, by_epoch=False),
    _base_.param_scheduler[1],
]
auto_scale_lr = dict(base_batch_size=16)
