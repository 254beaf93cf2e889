"""FCOS on HRNetV2p-W32 at two scales, 24 epochs, with the official recipe.

Reproduces: box AP 41.4 on val2017 (README of HRNet-Object-Detection, for weights of mmdet).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/det/coco/official/fcos_hrnetv2p-w32-gn-head_ms-640-800-8xb2-2x_coco.py 8
"""

_base_ = [
    "../../../_base_/models/det/fcos_hrnetv2p_official.py",
    "../../../_base_/datasets/det/coco_detection_ms-640-800.py",
    "../../../_base_/schedules/det/official_fcos-2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w32"),
    ),
    neck=dict(in_channels=(32, 64, 128, 256)),
)
