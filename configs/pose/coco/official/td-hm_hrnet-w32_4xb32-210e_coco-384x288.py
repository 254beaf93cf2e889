"""HRNet-W32 on COCO at 384×288, with the official recipe.

Reproduces: AP 75.8, AP50 90.6, AP75 82.5, AP_M 72.0, AP_L 82.7, AR 80.9 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; AP75 82.7, AP_M 71.9, AP_L
            82.8, AR 81.0 in Wang et al. 2020, table 1); AP 74.9, AP50 92.5, AP75 82.8, AP_M 71.3,
            AP_L 80.9, AR 80.1 on test-dev with boxes of 60.9 AP (table 2).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/official/td-hm_hrnet-w32_4xb32-210e_coco-384x288.py 4
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_384x288_official.py",
    "../../../_base_/schedules/pose/official_210e.py",
    "../../../_base_/pose/default_runtime.py",
]

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
        decoder=dict(type="MSRAHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=3),
    ),
)
train_dataloader = dict(batch_size=32)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
