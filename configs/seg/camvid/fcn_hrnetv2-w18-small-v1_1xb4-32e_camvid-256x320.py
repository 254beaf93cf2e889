"""HRNetV2-W18-Small-v1 from scratch on 180 road scenes, in minutes on a laptop's CPU.

Expected: mIoU of at least 0.40 on val (measured here: the README). No figure is published for it.
Command:  python tools/train.py configs/seg/camvid/\
fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320.py
"""

_base_ = [
    "../../_base_/seg/runtime.py",
    "../../_base_/widths/w18_small_v1.py",
    "../../_base_/seg/hrnetv2.py",
    "../../_base_/seg/camvid_256x320.py",
]

model = dict(
    decode_head=dict(_base_.concatenated, num_classes=11),
    data_preprocessor=dict(size=_base_.crop_size),
    backbone=_base_.trunk,
    neck=dict(in_channels=_base_.channels),
)

train_cfg = dict(by_epoch=True, max_epochs=32, val_interval=8)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.01))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=45, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=31, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(
    logger=dict(interval=15),
    checkpoint=dict(interval=8, save_best="mIoU", rule="greater", max_keep_ckpts=1),
)
custom_hooks = [*_base_.custom_hooks, dict(type="hrnet_mm.ChannelsLastHook")]
