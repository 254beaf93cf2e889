"""HRNetV2-W18-Small-v1 on the label maps of the generated scenes: the demo.

It starts from the trunk of the demo's classifier, as published nets do from ImageNet's.

Expected: mIoU of at least 0.75 on the held-out split, from below 0.05 (measured here: the README).
Command:  make demo TASK=seg
"""

_base_ = [
    "../_base_/seg/runtime.py",
    "../_base_/widths/w18_small_v1_toy.py",
    "../_base_/seg/hrnetv2.py",
    "../_base_/seg/toy_112x112.py",
]

model = dict(
    decode_head=dict(_base_.concatenated, num_classes=10),
    data_preprocessor=dict(size=_base_.crop_size),
    backbone=_base_.trunk,
    neck=dict(in_channels=_base_.channels),
)

train_cfg = dict(by_epoch=True, max_epochs=30, val_interval=10)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=2e-3, weight_decay=1e-4))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=120, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=29, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=10, max_keep_ckpts=1))
custom_hooks = [*_base_.custom_hooks, dict(type="hrnet_mm.ChannelsLastHook")]
