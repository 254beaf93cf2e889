"""mmdet 3's schedule of 12 epochs, 8 GPUs × 2."""

_base_ = ["official_1x.py"]

optim_wrapper = dict(optimizer=dict(lr=0.02), clip_grad=None)
param_scheduler = [
    dict(_base_.param_scheduler[0], start_factor=0.001),
    _base_.param_scheduler[1],
]
auto_scale_lr = dict(base_batch_size=16)
