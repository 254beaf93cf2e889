"""mmpose's schedule of face landmarks: 60 epochs, 8 GPUs × 64."""

_base_ = ["official_60e.py"]

optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(_base_.param_scheduler[0], milestones=[40, 55]),
]
auto_scale_lr = dict(base_batch_size=512)
