"""HRNet-W32 with DARK on COCO at 256×192, with the official recipe as DARK's fork has it.

Reproduces: AP 75.6 on val2017 with detector boxes of 56.4 AP (README of DarkPose).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/official/td-hm_hrnet-w32_dark-4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_official.py",
    "../../../_base_/schedules/pose/official_210e.py",
    "../../../_base_/pose/default_runtime.py",
]

# DARK draws a peak around the keypoint itself; its blur's kernel is 11, as in BLUR_KERNEL.
codec = dict(
    type="MSRAHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2, unbiased=True
)
model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmpose/"
            "pretrain_models/hrnet_w32-36af842e.pth",
        ),
    ),
    head=dict(
        in_channels=32,
        out_channels=17,
        loss=dict(loss_weight=0.5),  # lib/core/loss.py:15-39
        decoder=codec,
    ),
    test_cfg=dict(shift_heatmap=False),  # lib/core/function.py of DarkPose
)
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),  # padding 1.25, as in the official code
            dict(type="RandomFlip", direction="horizontal"),
            # JointsDataset.py:65-108 picks a half with more than 2 joints. If both have more, it
            # picks the upper one with probability 0.691, that of a normal variate below 0.5.
            dict(type="RandomHalfBody", min_upper_keypoints=3, upper_prioritized_prob=0.691),
            dict(
                type="hrnet_mm.ClippedBBoxTransform",
                scale_factor=0.35,
                rotate_factor=45.0,
                rotate_prob=0.6,
            ),
            dict(type="TopdownAffine", input_size=(192, 256)),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without

del codec
