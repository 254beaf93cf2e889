"""mmseg's schedule of 80,000 iterations."""

_base_ = ["schedule_160k.py"]

train_cfg = dict(max_iters=80_000, val_interval=8_000)
param_scheduler = [dict(_base_.param_scheduler[0], end=80_000)]
default_hooks = dict(checkpoint=dict(interval=8_000))
