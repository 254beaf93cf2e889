"""HRNet-W18-Small-v1 from scratch on 72 images of a mouse, in minutes on a laptop's CPU.

Expected: end-point error of at most 7 px on the 18 held-out images of 396×406 (measured here; see
          the README). There is no published figure for this network.
Command:  python tools/train.py configs/pose/mirror_mouse/\
td-hm_hrnet-w18-small-v1_1xb8-60e_mirror-mouse-192x192.py
"""

_base_ = [
    "../../_base_/pose/runtime.py",
    "../../_base_/widths/w18_small_v1.py",
    "../../_base_/pose/hrnet_heatmap.py",
    "../../_base_/pose/mirror_mouse.py",
]

model = dict(
    backbone=_base_.trunk,
    head=dict(in_channels=_base_.channels[0], out_channels=17, decoder=_base_.codec),
    test_cfg=dict(flip_test=False),
)

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=10)
optim_wrapper = dict(optimizer=dict(type="Adam", lr=2e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=20, start_factor=0.01, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=60, milestones=[45, 55], gamma=0.1, by_epoch=True),
]
default_hooks = dict(
    logger=dict(interval=9), checkpoint=dict(save_best="EPE", rule="less", max_keep_ckpts=1)
)
