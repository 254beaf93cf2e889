"""HRNetV2-W18 with DARK on AFLW at 256×256, with the recipe of mmpose.

Reproduces: NME 1.34, NME frontal 1.19 on test: all of it, and the frontal part (mmpose 1.3.2,
            hrnetv2_dark_aflw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/aflw/mmpose/td-hm_hrnetv2-w18_dark-8xb64-60e_aflw-256x256.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnetv2.py",
    "../../../_base_/datasets/pose/aflw_256x256.py",
    "../../../_base_/schedules/pose/mmpose_60e.py",
    "../../../_base_/pose/default_runtime.py",
]

# DARK draws a peak around the keypoint itself; its blur's kernel is 11, mmpose's default.
codec = dict(
    type="MSRAHeatmap", input_size=(256, 256), heatmap_size=(64, 64), sigma=2, unbiased=True
)
model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
    head=dict(in_channels=270, out_channels=19, decoder=codec),
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
default_hooks = dict(checkpoint=dict(save_best="NME", rule="less"))

del codec
