"""HRNet-W32 from scratch on COCO at 256×192, with the official recipe.

Reproduces: AP 73.4, AP50 89.5, AP75 80.7, AP_M 70.2, AP_L 80.1, AR 78.9 on val2017 with detector
            boxes of 56.4 AP (Wang et al. 2020, table 1).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/official/td-hm_hrnet-w32_scratch-4xb32-210e_coco-256x192.py 4
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_official.py",
    "../../../_base_/schedules/pose/official_210e.py",
    "../../../_base_/pose/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(type="Normal", layer="Conv2d", std=0.001),  # pose_hrnet.py:462-478
    ),
    head=dict(
        in_channels=32,
        out_channels=17,
        loss=dict(loss_weight=0.5),  # lib/core/loss.py:15-39
        decoder=dict(type="MSRAHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2),
    ),
)
train_dataloader = dict(batch_size=32)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
