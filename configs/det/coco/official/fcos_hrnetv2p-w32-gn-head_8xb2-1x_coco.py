"""FCOS on HRNetV2p-W32, 12 epochs, with the official recipe.

Reproduces: box AP 37.7 on val2017 (README of HRNet-Object-Detection, for weights of mmdet; 38.2 in
            Wang et al. 2020, table 25).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/fcos_hrnetv2p-w32-gn-head_8xb2-1x_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/fcos_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/fcos_1x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w32"),
    ),
    neck=dict(in_channels=(32, 64, 128, 256)),
)
