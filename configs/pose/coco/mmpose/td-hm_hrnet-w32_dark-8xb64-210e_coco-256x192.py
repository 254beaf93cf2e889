"""HRNet-W32 with DARK on COCO at 256×192, with the recipe of mmpose.

Reproduces: AP 75.7, AP50 90.7, AP75 82.5, AR 80.7 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_dark_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/mmpose/td-hm_hrnet-w32_dark-8xb64-210e_coco-256x192.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_mmpose-dark.py",
    "../../../_base_/schedules/pose/mmpose_210e.py",
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
        decoder=dict(
            type="MSRAHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2, unbiased=True
        ),
    ),
)
train_dataloader = dict(batch_size=64)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
