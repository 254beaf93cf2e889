"""HRNet-W18-Small-v1 from scratch on the generated people: the demo.

Expected: AP of at least 0.80 on the held-out split, from below 0.05 (measured here: the README).
Command:  make demo
"""

_base_ = [
    "../_base_/pose/runtime.py",
    "../_base_/widths/w18_small_v1.py",
    "../_base_/pose/hrnet_heatmap.py",
    "../_base_/pose/toy_128x96.py",
]

model = dict(
    backbone=_base_.trunk,
    head=dict(in_channels=_base_.channels[0], out_channels=17, decoder=_base_.codec),
)

train_cfg = dict(by_epoch=True, max_epochs=25, val_interval=5)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=3e-3, weight_decay=1e-4))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=24, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=5, max_keep_ckpts=1))
custom_hooks = [*_base_.custom_hooks, dict(type="hrnet_mm.ChannelsLastHook")]
