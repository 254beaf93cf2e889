"""HRNet-W48 on COCO at 384×288, with the official recipe.

Reproduces: AP 76.3, AP50 90.8, AP75 82.9, AP_M 72.3, AP_L 83.4, AR 81.2 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; Wang et al. 2020, table
            1); AP 75.5, AP50 92.5, AP75 83.3, AP_M 71.9, AP_L 81.5, AR 80.5 on test-dev with boxes
            of 60.9 AP (table 2).
Batch:      4 GPUs × 24
Command:    bash tools/dist_train.sh \
            configs/pose/coco/official/td-hm_hrnet-w48_4xb24-210e_coco-384x288.py 4
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_384x288_official.py",
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
        decoder=dict(type="MSRAHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=3),
    ),
)
train_dataloader = dict(batch_size=24)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
auto_scale_lr = dict(base_batch_size=96)
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
