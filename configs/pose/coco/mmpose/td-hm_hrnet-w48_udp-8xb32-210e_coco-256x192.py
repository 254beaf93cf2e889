"""HRNet-W48 with UDP on COCO at 256×192, with the recipe of mmpose.

Reproduces: AP 76.8, AP50 90.8, AP75 83.3, AR 81.7 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_udp_coco.yml).
Batch:      8 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/pose/coco/mmpose/td-hm_hrnet-w48_udp-8xb32-210e_coco-256x192.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_mmpose-udp.py",
    "../../../_base_/schedules/pose/mmpose_210e.py",
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
        decoder=dict(type="UDPHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2),
    ),
    test_cfg=dict(shift_heatmap=False),  # UDP: a flipped image's heatmaps lie where the others do
)
train_dataloader = dict(batch_size=32)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
auto_scale_lr = dict(base_batch_size=256)  # mmpose declares 512 and has 256 at this rate
