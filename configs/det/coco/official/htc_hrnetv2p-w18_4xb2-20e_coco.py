"""Hybrid task cascade on HRNetV2p-W18, 20 epochs, with the official recipe.

Reproduces: box AP 43.1, mask AP 37.9 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/official/htc_hrnetv2p-w18_4xb2-20e_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/htc_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_instance_semantic.py",
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
