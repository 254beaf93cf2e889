"""HRNetV2-W18 on COFW at 256×256, with the recipe of mmpose.

Reproduces: NME 3.48 on test (mmpose 1.3.2, hrnetv2_cofw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/cofw/mmpose/td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py 8

As in mmpose, the schedule ends at epoch 50 of 60: its last step, at 55, never comes.
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnetv2.py",
    "../../../_base_/datasets/pose/cofw_256x256.py",
    "../../../_base_/schedules/pose/mmpose_60e.py",
    "../../../_base_/pose/default_runtime.py",
]

codec = dict(type="MSRAHeatmap", input_size=(256, 256), heatmap_size=(64, 64), sigma=1.5)
model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
    head=dict(in_channels=270, out_channels=29, decoder=codec),
)
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(
                type="RandomBBoxTransform",
                shift_prob=0,
                rotate_factor=60,
                scale_factor=(0.75, 1.25),
            ),
            dict(type="TopdownAffine", input_size=(256, 256)),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=50, milestones=[40, 55], gamma=0.1, by_epoch=True),
]
default_hooks = dict(checkpoint=dict(save_best="NME", rule="less"))

del codec
