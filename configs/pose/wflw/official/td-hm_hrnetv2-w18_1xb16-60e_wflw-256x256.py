"""HRNetV2-W18 on WFLW at 256×256, with the official recipe.

Reproduces: NME 4.60, NME pose 7.86, NME illumination 4.57, NME occlusion 5.42, NME blur 5.36, NME
            makeup 4.26, NME expression 4.78 on test (README of HRNet-Facial-Landmark-Detection);
            NME 4.60, NME pose 7.94, NME illumination 4.55, NME occlusion 5.44, NME blur 5.42, NME
            makeup 4.29, NME expression 4.85 (Wang et al. 2020, section 7).
Batch:      1 GPU × 16
Command:    python tools/train.py \
            configs/pose/wflw/official/td-hm_hrnetv2-w18_1xb16-60e_wflw-256x256.py
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnetv2_official.py",
    "../../../_base_/datasets/pose/wflw_256x256.py",
    "../../../_base_/schedules/pose/official_60e.py",
    "../../../_base_/pose/default_runtime.py",
]

codec = dict(
    type="hrnet_mm.FlooredHeatmap",
    input_size=(256, 256),
    heatmap_size=(64, 64),
    sigma=1.5,  # SIGMA of the yaml
)
model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
    head=dict(in_channels=270, out_channels=98, decoder=codec),
)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),  # padding 1.25, as in the official code
            dict(type="RandomFlip", direction="horizontal"),
            dict(  # lib/datasets/wflw.py
                type="hrnet_mm.UniformBBoxTransform",
                scale_factor=0.25,
                rotate_factor=30.0,
                rotate_prob=0.6,
            ),
            dict(type="TopdownAffine", input_size=(256, 256)),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
default_hooks = dict(checkpoint=dict(save_best="NME", rule="less"))
env_cfg = dict(cudnn_benchmark=True)  # CUDNN in lib/config/defaults.py; mmpose: without

del codec
