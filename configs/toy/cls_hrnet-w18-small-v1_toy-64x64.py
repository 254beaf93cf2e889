"""HRNet-W18-Small-v1 from scratch on single objects of the toy scenes: the demo.

Expected: top-1 accuracy of at least 90 % on the held-out split, from about 17 % (measured here).
Command:  make demo TASK=cls
"""

_base_ = [
    "../_base_/models/cls/hrnet.py",
    "../_base_/datasets/cls/toy_64x64.py",
    "../_base_/schedules/cls/toy.py",
    "../_base_/cls/default_runtime.py",
]

data_preprocessor = dict(num_classes=6)
model = dict(
    backbone=dict(arch="w18_small_v1"),
    neck=[
        dict(type="HRNetClsNeck", in_channels=(16, 32, 64, 128)),
        dict(type="GlobalAveragePooling"),
    ],
    head=dict(num_classes=6),
)
default_hooks = dict(
    logger=dict(interval=10),
    checkpoint=dict(_delete_=True, type="CheckpointHook", interval=3, max_keep_ckpts=1),
)
custom_hooks = [
    dict(type="hrnet_mm.ConsistencyHook"),
    dict(type="hrnet_mm.SeedHook"),
    dict(type="hrnet_mm.ResumeHook"),
    dict(type="hrnet_mm.DivergenceHook"),
    dict(type="SyncBuffersHook"),
    dict(type="hrnet_mm.ChannelsLastHook"),
]
