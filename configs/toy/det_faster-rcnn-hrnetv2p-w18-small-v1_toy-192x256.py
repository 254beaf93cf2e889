"""Faster R-CNN on HRNetV2p-W18-Small-v1 on the generated things: the demo.

It starts from the backbone of the demo's classifier, as published networks do from ImageNet's.

Expected: box AP50 of at least 0.75 on the held-out split, from below 0.05 (measured here).
Command:  make demo TASK=det
"""

_base_ = [
    "../_base_/models/det/faster-rcnn_hrnetv2p_small.py",
    "../_base_/datasets/det/toy_192x256.py",
    "../_base_/schedules/det/adamw.py",
    "../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18_small_v1",
        init_cfg=dict(
            type="Pretrained", checkpoint="work_dirs/demo/cls_hrnet-w18-small-v1_toy-64x64.pth"
        ),
    ),
    neck=dict(in_channels=(16, 32, 64, 128)),  # the 18 of the name is nominal
    roi_head=dict(bbox_head=dict(num_classes=6)),
)

train_cfg = dict(max_epochs=8)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=60, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=7, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=20), checkpoint=dict(interval=2, max_keep_ckpts=1))
custom_hooks = [
    dict(type="hrnet_mm.ConsistencyHook"),
    dict(type="hrnet_mm.SeedHook"),
    dict(type="hrnet_mm.ResumeHook"),
    dict(type="hrnet_mm.DivergenceHook"),
    dict(type="SyncBuffersHook"),
    dict(type="hrnet_mm.ChannelsLastHook"),
]
