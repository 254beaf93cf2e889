"""Faster R-CNN on HRNetV2p-W40, 12 epochs, with the recipe of mmdet 3.

Reproduces: box AP 41.2 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/mmdet/faster-rcnn_hrnetv2p-w40-1x_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/faster-rcnn_hrnetv2p_mmdet.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/mmdet_1x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w40",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w40"),
    ),
    neck=dict(in_channels=(40, 80, 160, 320)),
)
