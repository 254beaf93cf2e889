"""HRNet-W18-Small-v1 from scratch on single things of the generated scenes: the demo.

Expected: top-1 accuracy of at least 90 % on the held-out split, from about 17 % (measured here: the
          README).
Command:  make demo TASK=cls
"""

_base_ = [
    "../_base_/cls/runtime.py",
    "../_base_/widths/w18_small_v1.py",
    "../_base_/cls/hrnet.py",
    "../_base_/cls/toy_64x64.py",
]

data_preprocessor = dict(num_classes=6)
model = dict(
    backbone=_base_.trunk,
    neck=[
        dict(type="HRNetClsNeck", in_channels=_base_.channels),
        dict(type="GlobalAveragePooling"),
    ],
    head=dict(num_classes=6),
)

train_cfg = dict(by_epoch=True, max_epochs=18, val_interval=3)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.05))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=30, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=17, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=10), checkpoint=dict(interval=3, max_keep_ckpts=1))
custom_hooks = [*_base_.custom_hooks, dict(type="hrnet_mm.ChannelsLastHook")]
