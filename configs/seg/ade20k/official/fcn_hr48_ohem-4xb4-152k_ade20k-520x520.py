"""HRNetV2-W48 on ADE20K, with the official recipe.

Reproduces: mIoU 43.1, mIoU (ms+flip) 44.2 on val (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/ade20k/official/fcn_hr48_ohem-4xb4-152k_ade20k-520x520.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official-ocr-branch.py",
    "../../../_base_/datasets/seg/ade20k_official.py",
    "../../../_base_/schedules/seg/official_ade20k_152k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(520, 520)),
    # align_corners: config/default.py:38; the yaml of the recipe leaves it so
    backbone=dict(
        arch="w48",
        align_corners=True,
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384), align_corners=True),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=150,
        align_corners=True,
        # yaml LOSS; criterion.py:34-89
        loss_decode=dict(type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072),
    ),
    test_cfg=dict(mode="slide", crop_size=(520, 520), stride=(346, 346)),
)
# 12 scales, up to 1.6: yaml SCALE_FACTOR 11; with OCR, 16.
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="Resize", scale=(100_000, 520), keep_ratio=True),
            dict(
                type="RandomChoiceResize",
                scales=[(52 * i, 52 * i) for i in range(5, 17)],
                keep_ratio=True,
            ),
            dict(type="RandomCrop", crop_size=(520, 520)),
            dict(type="Pad", size=(520, 520)),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackSegInputs"),
        ],
    ),
)
