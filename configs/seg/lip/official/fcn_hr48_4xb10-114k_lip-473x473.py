"""HRNetV2-W48 on LIP, with the official recipe.

Reproduces: mIoU (flip) 55.9 on val, with --tta (Wang et al. 2020, section 5; 56.04, 55.8 and 55.83
            in the READMEs of branches master, pytorch-v1.1 and HRNet-OCR).
Batch:      4 GPUs × 10
Command:    bash tools/dist_train.sh configs/seg/lip/official/fcn_hr48_4xb10-114k_lip-473x473.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official.py",
    "../../../_base_/datasets/seg/lip_official.py",
    "../../../_base_/schedules/seg/official_lip_114k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(473, 473)),
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=20,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
    ),
)
