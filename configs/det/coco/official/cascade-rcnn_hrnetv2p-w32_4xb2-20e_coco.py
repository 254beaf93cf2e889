"""Cascade R-CNN on HRNetV2p-W32, 20 epochs, with the official recipe.

Reproduces: box AP 43.7 on val2017 (README of HRNet-Object-Detection; 43.7 in Wang et al. 2020); box
            AP 43.7 on test-dev (Wang et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/cascade-rcnn_hrnetv2p-w32_4xb2-20e_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/cascade-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/official_20e.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w32"),
    ),
    neck=dict(in_channels=(32, 64, 128, 256)),
)
