"""Mask R-CNN on HRNetV2p-W18, 24 epochs, with the recipe of mmdet 3.

Reproduces: box AP 39.8, mask AP 36.0 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/mmdet/mask-rcnn_hrnetv2p-w18-2x_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/mask-rcnn_hrnetv2p_mmdet.py",
    "../../../_base_/datasets/det/coco_instance.py",
    "../../../_base_/schedules/det/mmdet_2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
)
