"""Cascade R-CNN on HRNetV2p-W48, 20 epochs, with the official recipe.

Reproduces: box AP 44.6 on val2017 (README of HRNet-Object-Detection, for weights of mmdet; 44.6 in
            Wang et al. 2020); box AP 44.8 on test-dev (Wang et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/cascade-rcnn_hrnetv2p-w48_4xb2-20e_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/cascade-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/official_20e.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
)
