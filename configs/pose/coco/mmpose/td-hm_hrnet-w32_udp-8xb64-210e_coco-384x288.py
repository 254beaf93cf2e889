"""HRNet-W32 with UDP on COCO at 384×288, with the recipe of mmpose.

Reproduces: AP 76.8, AP50 90.9, AP75 83.2, AR 81.5 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_udp_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/mmpose/td-hm_hrnet-w32_udp-8xb64-210e_coco-384x288.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_384x288_mmpose-udp.py",
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
        decoder=dict(type="UDPHeatmap", input_size=(288, 384), heatmap_size=(72, 96), sigma=3),
    ),
    test_cfg=dict(shift_heatmap=False),  # UDP: a flipped image's heatmaps lie where the others do
)
train_dataloader = dict(batch_size=64)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
