"""Faster R-CNN on HRNetV2p-W18-Small-v1 on the generated things: the demo.

It starts from the trunk of the demo's classifier, as published nets do from ImageNet's.

Expected: box AP50 of at least 0.75 on the held-out split, from below 0.05 (measured here: the
          README).
Command:  make demo TASK=det
"""

_base_ = [
    "../_base_/det/runtime.py",
    "../_base_/widths/w18_small_v1_toy.py",
    "../_base_/det/faster-rcnn_hrnetv2p_small.py",
    "../_base_/det/toy_192x256.py",
]

model = dict(
    backbone=_base_.trunk,
    neck=dict(in_channels=_base_.channels),
    roi_head=dict(bbox_head=dict(num_classes=6)),
)

train_cfg = dict(by_epoch=True, max_epochs=8, val_interval=2)
optim_wrapper = dict(
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=1e-4), clip_grad=dict(max_norm=35)
)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=60, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=7, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=2, max_keep_ckpts=1))
custom_hooks = [*_base_.custom_hooks, dict(type="hrnet_mm.ChannelsLastHook")]
