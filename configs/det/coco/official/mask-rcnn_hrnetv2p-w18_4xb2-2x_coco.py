"""Mask R-CNN on HRNetV2p-W18, 24 epochs, with the official recipe.

Reproduces: box AP 39.2, mask AP 35.7 on val2017 (README of HRNet-Object-Detection; 39.2 and 35.3 in
            Wang et al. 2020, table 10).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/mask-rcnn_hrnetv2p-w18_4xb2-2x_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/mask-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_instance.py",
    "../../../_base_/schedules/det/official_2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
)
