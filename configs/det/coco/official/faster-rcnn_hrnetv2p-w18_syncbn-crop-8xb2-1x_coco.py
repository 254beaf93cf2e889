"""Faster R-CNN on HRNetV2p-W18 with SyncBN and crops, 12 epochs, with the official recipe.

Reproduces: box AP 37.6 on val2017 (README of HRNet-Object-Detection).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/faster-rcnn_hrnetv2p-w18_syncbn-crop-8xb2-1x_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/faster-rcnn_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection_crop-1200x800.py",
    "../../../_base_/schedules/det/official_8xb2-1x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    # As in the official code, all batches have one size, and the norms see the padding too.
    data_preprocessor=dict(batch_augments=[dict(type="BatchFixedSizePad", size=(800, 1216))]),
    backbone=dict(
        arch="w18",
        norm_cfg=dict(type="SyncBN"),
        norm_eval=False,
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
)
