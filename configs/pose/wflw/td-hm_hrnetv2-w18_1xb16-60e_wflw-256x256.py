"""HRNetV2-W18 on the face landmarks of WFLW (HRNet-Facial-Landmark-Detection).

Reproduces: NME 4.60 on the test split (Wang et al. 2020, section 7; the official README).
Command:    python tools/train.py configs/pose/wflw/td-hm_hrnetv2-w18_1xb16-60e_wflw-256x256.py
"""

_base_ = [
    "../../_base_/pose/runtime.py",
    "../../_base_/widths/w18.py",
    "../../_base_/pose/hrnetv2_heatmap.py",
    "../../_base_/pose/wflw_256x256.py",
]

norm_cfg = dict(type="BN", momentum=0.01)  # hrnet.py:21 of the official code
model = dict(
    backbone=dict(**_base_.trunk, norm_cfg=norm_cfg),
    neck=dict(in_channels=_base_.channels, norm_cfg=norm_cfg),
    head=dict(in_channels=sum(_base_.channels), out_channels=98, decoder=_base_.codec),
    test_cfg=dict(flip_test=False),  # as in the official code
)

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=1)
optim_wrapper = dict(optimizer=dict(type="Adam", lr=1e-4))
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=60, milestones=[30, 50], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=16)
default_hooks = dict(checkpoint=dict(save_best="NME", rule="less"))
