"""HRNet-W32 on COCO at 256×192, with the recipe of mmpose.

Reproduces: AP 74.6, AP50 90.4, AP75 81.9, AR 79.9 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/mmpose/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_mmpose.py",
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
        decoder=dict(type="MSRAHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2),
    ),
)
train_dataloader = dict(batch_size=64)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
