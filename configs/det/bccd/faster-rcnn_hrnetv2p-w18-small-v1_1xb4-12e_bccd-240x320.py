"""Faster R-CNN on HRNetV2p-W18-Small-v1 from scratch on 292 images of blood, in minutes on a CPU.

Expected: box AP of at least 0.50 and AP50 of at least 0.85 on val (measured here: the README). No
          figure is published for it.
Command:  python tools/train.py configs/det/bccd/\
faster-rcnn_hrnetv2p-w18-small-v1_1xb4-12e_bccd-240x320.py
"""

_base_ = [
    "../../_base_/det/runtime.py",
    "../../_base_/widths/w18_small_v1.py",
    "../../_base_/det/faster-rcnn_hrnetv2p_small.py",
    "../../_base_/det/bccd_240x320.py",
]

model = dict(
    backbone=_base_.trunk,
    neck=dict(in_channels=_base_.channels),
    roi_head=dict(bbox_head=dict(num_classes=3)),
)

train_cfg = dict(by_epoch=True, max_epochs=12, val_interval=2)
optim_wrapper = dict(
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=1e-4), clip_grad=dict(max_norm=35)
)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=73, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=11, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(save_best="coco/bbox_mAP", rule="greater", interval=2, max_keep_ckpts=1),
)
custom_hooks = [*_base_.custom_hooks, dict(type="hrnet_mm.ChannelsLastHook")]
