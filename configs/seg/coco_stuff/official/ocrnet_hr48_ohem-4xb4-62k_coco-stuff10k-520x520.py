"""HRNetV2-W48 + OCR on COCO-Stuff 10k, with the official recipe.

Reproduces: mIoU 39.7, mIoU (ms+flip) 40.6 on test (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/coco_stuff/official/ocrnet_hr48_ohem-4xb4-62k_coco-stuff10k-520x520.py 4
"""

_base_ = [
    "../../../_base_/models/seg/ocrnet_hrnetv2.py",
    "../../../_base_/datasets/seg/coco-stuff10k_official.py",
    "../../../_base_/schedules/seg/official_coco-stuff10k_62k.py",
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
            num_classes=171,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            # As PyTorch makes them: seg_hrnet_ocr.py:653.
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            # Beside OHEM the mean is over all pixels, ignored ones with loss 0 (criterion.py:58-67,
            # 98-103 of branch HRNet-OCR).
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4, avg_non_ignore=False),
        ),
        dict(
            type="OCRHead",
            in_channels=720,
            channels=512,
            ocr_channels=256,
            in_index=0,
            dropout_ratio=0.05,
            num_classes=171,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            # criterion.py:34-89, 98-99
            loss_decode=dict(type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072),
        ),
    ],
    test_cfg=dict(mode="slide", crop_size=(520, 520), stride=(346, 346)),
)
