"""Mask R-CNN on HRNetV2p-W48, 24 epochs, with the official recipe.

Reproduces: box AP 42.9, mask AP 38.3 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/mask-rcnn_hrnetv2p-w48_4xb2-2x_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/mask-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_instance.py",
    "../../../_base_/schedules/det/official_2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
)
