"""Cascade R-CNN on HRNetV2p-W18, 20 epochs, with the recipe of mmdet 3.

Reproduces: box AP 41.2 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/mmdet/cascade-rcnn_hrnetv2p-w18-20e_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/cascade-rcnn_hrnetv2p_mmdet.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/mmdet_20e.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
)
