"""Faster R-CNN on HRNetV2p-W40, 24 epochs, with the official recipe.

Reproduces: box AP 41.4 on val2017 (README of HRNet-Object-Detection); box AP 42.1 on test-dev (Wang
            et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/faster-rcnn_hrnetv2p-w40_4xb2-2x_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/faster-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/official_2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w40",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w40"),
    ),
    neck=dict(in_channels=(40, 80, 160, 320)),
)
