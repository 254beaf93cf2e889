"""mmpose's schedule of pose: 210 epochs, 8 GPUs × 64."""

_base_ = ["official_210e.py"]

optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    *_base_.param_scheduler,
]
auto_scale_lr = dict(base_batch_size=512)
