"""HRNetV2-W18 with the adaptive wing loss on WFLW at 256×256, with the recipe of mmpose.

Reproduces: NME 4.02, NME pose 6.94, NME illumination 3.97, NME occlusion 4.78, NME blur 4.59, NME
            makeup 3.87, NME expression 4.28 on test (mmpose 1.3.2, hrnetv2_awing_wflw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/wflw/mmpose/td-hm_hrnetv2-w18_awing-8xb64-60e_wflw-256x256.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnetv2.py",
    "../../../_base_/datasets/pose/wflw_256x256.py",
    "../../../_base_/schedules/pose/mmpose_60e.py",
    "../../../_base_/pose/default_runtime.py",
]

codec = dict(type="MSRAHeatmap", input_size=(256, 256), heatmap_size=(64, 64), sigma=2)
model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
    head=dict(in_channels=270, out_channels=98, loss=dict(type="AdaptiveWingLoss"), decoder=codec),
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
