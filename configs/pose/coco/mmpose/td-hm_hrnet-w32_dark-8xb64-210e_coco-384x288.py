"""HRNet-W32 with DARK on COCO at 384×288, with the recipe of mmpose.

Reproduces: AP 76.6, AP50 90.7, AP75 82.9, AR 81.5 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_dark_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/mmpose/td-hm_hrnet-w32_dark-8xb64-210e_coco-384x288.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_384x288_mmpose-dark.py",
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
            type="MSRAHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=3, unbiased=True
        ),
    ),
)
train_dataloader = dict(batch_size=64)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
