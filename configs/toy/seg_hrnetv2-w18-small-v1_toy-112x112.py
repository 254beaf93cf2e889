"""HRNetV2-W18-Small-v1 on the label maps of the generated scenes: the demo.

It starts from the backbone of the demo's classifier, as published networks do from ImageNet's.

Expected: mIoU of at least 0.75 on the held-out split, from below 0.05 (measured here).
Command:  make demo TASK=seg
"""

_base_ = [
    "../_base_/models/seg/fcn_hrnetv2.py",
    "../_base_/datasets/seg/toy_112x112.py",
    "../_base_/schedules/seg/toy_30e.py",
    "../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(112, 112)),
    backbone=dict(
        arch="w18_small_v1",
        init_cfg=dict(
            type="Pretrained", checkpoint="work_dirs/demo/cls_hrnet-w18-small-v1_toy-64x64.pth"
        ),
    ),
    neck=dict(in_channels=(16, 32, 64, 128)),
    decode_head=dict(
        in_channels=240,
        channels=240,
        num_classes=10,
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
