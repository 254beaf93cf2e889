"""Faster R-CNN on HRNetV2p-W32 with SyncBN at three scales, 12 epochs, with the official recipe.

Reproduces: box AP 41.0 on val2017 (README of HRNet-Object-Detection).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/faster-rcnn_hrnetv2p-w32_syncbn-ms-8xb2-1x_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/faster-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection_ms-600-800-1000.py",
    "../../../_base_/schedules/det/official_8xb2-1x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        norm_cfg=dict(type="SyncBN"),
        norm_eval=False,
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w32"),
    ),
    neck=dict(in_channels=(32, 64, 128, 256)),
)
