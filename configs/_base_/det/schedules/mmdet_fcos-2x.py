"""mmdet's FCOS for 24 epochs: the warm-up is that of its other detectors."""

_base_ = ["fcos_2x.py"]

param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    _base_.param_scheduler[1],
]
