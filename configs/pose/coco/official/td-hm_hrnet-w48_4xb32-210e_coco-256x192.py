"""HRNet-W48 on COCO at 256×192, with the official recipe.

Reproduces: AP 75.1, AP50 90.6, AP75 82.2, AP_M 71.5, AP_L 81.8, AR 80.4 on val2017 with detector
            boxes of 56.4 AP (README of deep-high-resolution-net.pytorch; Wang et al. 2020, table
            1).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/official/td-hm_hrnet-w48_4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_official.py",
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
        decoder=dict(type="MSRAHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2),
    ),
)
train_dataloader = dict(batch_size=32)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
