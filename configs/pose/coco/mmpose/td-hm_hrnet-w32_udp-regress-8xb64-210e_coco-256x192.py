"""HRNet-W32 with UDP's offsets on COCO at 256×192, with the recipe of mmpose.

Reproduces: AP 75.9, AP50 90.7, AP75 82.7, AR 81.3 on val2017 with detector boxes of 56.4 AP (mmpose
            1.3.2, hrnet_udp_coco.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/coco/mmpose/td-hm_hrnet-w32_udp-regress-8xb64-210e_coco-256x192.py 8
"""

_base_ = [
    "../../../_base_/models/pose/td-hm_hrnet.py",
    "../../../_base_/datasets/pose/coco_256x192_mmpose-udp.py",
    "../../../_base_/schedules/pose/mmpose_210e.py",
    "../../../_base_/pose/default_runtime.py",
]

# A disc and two maps of offsets for each keypoint instead of a heatmap.
codec = dict(
    type="UDPHeatmap",
    input_size=(192, 256),
    heatmap_size=(48, 64),
    sigma=2,
    heatmap_type="combined",
)
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
        out_channels=51,  # three maps for each of 17 keypoints
        loss=dict(type="CombinedTargetMSELoss"),
        decoder=codec,
    ),
    train_cfg=dict(compute_acc=False),
    test_cfg=dict(flip_mode="udp_combined", shift_heatmap=False),
)
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(type="RandomHalfBody"),
            dict(type="RandomBBoxTransform"),
            dict(type="TopdownAffine", input_size=(192, 256), use_udp=True),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))

del codec
