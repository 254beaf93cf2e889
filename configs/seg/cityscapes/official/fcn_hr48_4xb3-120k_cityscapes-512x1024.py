"""HRNetV2-W48 on Cityscapes, with the official recipe.

Reproduces: mIoU 81.1 on val (Wang et al. 2020, table 3; README of branch pytorch-v1.1; 80.9 in
            those of branches master and HRNet-OCR); mIoU (ms+flip) 80.4 on test (table 4; 80.5 in
            README of branch master).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/official/fcn_hr48_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official.py",
    "../../../_base_/datasets/seg/cityscapes_official.py",
    "../../../_base_/schedules/seg/official_cityscapes_120k.py",
    "../../../_base_/seg/default_runtime.py",
]

# cityscapes.py:62-66 of the official code
class_weight = [
    0.8373, 0.918, 0.866, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023,
    0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507,
]  # fmt: skip
model = dict(
    data_preprocessor=dict(size=(512, 1024)),
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=19,
        loss_decode=dict(
            type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True, class_weight=class_weight
        ),
    ),
)

del class_weight
