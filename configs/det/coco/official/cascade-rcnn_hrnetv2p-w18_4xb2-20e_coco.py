"""Cascade R-CNN on HRNetV2p-W18, 20 epochs, with the official recipe.

Reproduces: box AP 41.2 on val2017 (README of HRNet-Object-Detection, for weights of mmdet; 41.3 in
            Wang et al. 2020).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/cascade-rcnn_hrnetv2p-w18_4xb2-20e_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/cascade-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/official_20e.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
)
