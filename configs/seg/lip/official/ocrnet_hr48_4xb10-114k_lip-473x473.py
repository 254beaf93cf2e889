"""HRNetV2-W48 + OCR on LIP, with the official recipe.

Reproduces: mIoU (flip) 56.48 on val, with --tta (Wang et al. 2020, section 5; README of
            HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      4 GPUs × 10
Command:    bash tools/dist_train.sh \
            configs/seg/lip/official/ocrnet_hr48_4xb10-114k_lip-473x473.py 4

Its authors reproduce the figure with PyTorch 0.4.1 only, whose synchronised norms are others.
"""

_base_ = [
    "../../../_base_/models/seg/ocrnet_hrnetv2.py",
    "../../../_base_/datasets/seg/lip_official.py",
    "../../../_base_/schedules/seg/official_lip_114k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(473, 473)),
    # align_corners: config/default.py:38 of branch HRNet-OCR
    backbone=dict(
        arch="w48",
        align_corners=True,
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384), align_corners=True),
    decode_head=[
        dict(
            type="FCNHead",
            in_channels=720,
            channels=720,
            in_index=0,
            num_convs=1,
            kernel_size=1,
            concat_input=False,
            dropout_ratio=0,
            num_classes=20,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            # As PyTorch makes them: seg_hrnet_ocr.py:653.
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4, avg_non_ignore=True),
        ),
        dict(
            type="OCRHead",
            in_channels=720,
            channels=512,
            ocr_channels=256,
            in_index=0,
            dropout_ratio=0.05,
            num_classes=20,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
        ),
    ],
)
