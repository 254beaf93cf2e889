"""Hybrid task cascade on HRNetV2p-W48, 28 epochs, with the official recipe.

Reproduces: box AP 47.0, mask AP 41.0 on val2017 (README of HRNet-Object-Detection, for weights of
            mmdet); box AP 47.3 on test-dev (Wang et al. 2020, table 11).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh configs/det/coco/official/htc_hrnetv2p-w48_4xb2-28e_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/htc_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_instance_semantic.py",
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

# The steps of mmdet's htc_hrnetv2p-w40_28e_coco.py: no official config has them.
train_cfg = dict(max_epochs=28)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=1 / 3, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=28, milestones=[24, 27], gamma=0.1, by_epoch=True),
]
