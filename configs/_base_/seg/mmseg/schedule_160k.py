"""mmseg's schedule of 160,000 iterations: the learning rate falls polynomially to 1e-4."""

_base_ = ["../iterations.py"]

train_cfg = dict(max_iters=160_000, val_interval=16_000)
optim_wrapper = dict(optimizer=dict(lr=0.01, weight_decay=5e-4))
param_scheduler = [
    dict(type="PolyLR", power=0.9, eta_min=1e-4, begin=0, end=160_000, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(interval=16_000))
