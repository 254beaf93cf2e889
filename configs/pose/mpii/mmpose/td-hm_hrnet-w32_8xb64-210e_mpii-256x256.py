"""HRNet-W32 on MPII at 256×256, with the recipe of mmpose.

Reproduces: PCKh 90.0, PCKh@0.1 33.4 on val (mmpose 1.3.2, hrnet_mpii.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/mpii/mmpose/td-hm_hrnet-w32_8xb64-210e_mpii-256x256.py 8

mmpose's config of this name has 16 images on each GPU, at the rate for 64.
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/mpii_256x256_mmpose.py",
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
        out_channels=16,
        decoder=dict(type="MSRAHeatmap", input_size=(256, 256), heatmap_size=(64, 64), sigma=2),
    ),
)
train_dataloader = dict(batch_size=64)
default_hooks = dict(checkpoint=dict(save_best="PCK", rule="greater"))
