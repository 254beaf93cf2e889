"""HRNetV2-W48 + OCR on PASCAL-Context, 60 classes, with the official recipe.

Reproduces: mIoU (ms+flip) 50.1 on val, with --tta (Wang et al. 2020, section 5; README of
            HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/official/ocrnet_hr48_4xb4-62k_pascal-context-520x520.py 4
"""

_base_ = [
    "../../../_base_/models/seg/ocrnet_hrnetv2.py",
    "../../../_base_/datasets/seg/pascal-context_520x520_official.py",
    "../../../_base_/schedules/seg/official_pascal-context-520x520_62k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(520, 520)),
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
            num_classes=60,
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
            num_classes=60,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
        ),
    ],
    test_cfg=dict(mode="slide", crop_size=(520, 520), stride=(346, 346)),
)
