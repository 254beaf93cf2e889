"""HRNet-W48 with DARK on COCO at 384×288, with the official recipe as DARK's fork has it.

Reproduces: AP 76.8 on val2017 with detector boxes of 56.4 AP (README of DarkPose).
Batch:      4 GPUs × 18
Command:    bash tools/dist_train.sh \
            configs/pose/coco/official/td-hm_hrnet-w48_dark-4xb18-210e_coco-384x288.py 4
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_384x288_official-dark.py",
    "../../../_base_/schedules/pose/official_210e.py",
    "../../../_base_/pose/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w48",
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmpose/"
            "pretrain_models/hrnet_w48-8ef0771d.pth",
        ),
    ),
    head=dict(
        in_channels=48,
        out_channels=17,
        loss=dict(loss_weight=0.5),  # lib/core/loss.py:15-39
        decoder=dict(
            type="MSRAHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=3, unbiased=True
        ),
    ),
    test_cfg=dict(shift_heatmap=False),  # lib/core/function.py of DarkPose
)
train_dataloader = dict(batch_size=18)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
auto_scale_lr = dict(base_batch_size=72)
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
