"""HRNetV2-W18-Small-v1 from scratch on 180 road scenes, in minutes on a laptop's CPU.

Expected: mIoU of at least 0.40 on val (measured here). No figure is published for it.
Command:  python tools/train.py configs/seg/camvid/ours/\
fcn_hrnetv2-w18-small-v1_1xb4-32e_camvid-256x320.py
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2.py",
    "../../../_base_/datasets/seg/camvid_256x320.py",
    "../../../_base_/schedules/seg/camvid_32e.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(256, 320)),
    backbone=dict(arch="w18_small_v1"),
    neck=dict(in_channels=(16, 32, 64, 128)),
    decode_head=dict(
        in_channels=240,
        channels=240,
        num_classes=11,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
    ),
)
custom_hooks = [
    dict(type="hrnet_mm.ConsistencyHook"),
    dict(type="hrnet_mm.SeedHook"),
    dict(type="hrnet_mm.ResumeHook"),
    dict(type="hrnet_mm.DivergenceHook"),
    dict(type="SyncBuffersHook"),
    dict(type="hrnet_mm.ChannelsLastHook"),
]
env_cfg = dict(cudnn_benchmark=False)  # a run stays repeatable
log_processor = dict(by_epoch=True)
