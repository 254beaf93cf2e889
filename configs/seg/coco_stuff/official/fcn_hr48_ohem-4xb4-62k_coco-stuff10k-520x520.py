"""HRNetV2-W48 on COCO-Stuff 10k, with the official recipe.

Reproduces: mIoU 36.2, mIoU (ms+flip) 37.9 on test (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/coco_stuff/official/fcn_hr48_ohem-4xb4-62k_coco-stuff10k-520x520.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official-ocr-branch.py",
    "../../../_base_/datasets/seg/coco-stuff10k_official.py",
    "../../../_base_/schedules/seg/official_coco-stuff10k_62k.py",
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
        num_classes=171,
        align_corners=True,
        # yaml LOSS; criterion.py:34-89
        loss_decode=dict(type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072),
    ),
    test_cfg=dict(mode="slide", crop_size=(520, 520), stride=(346, 346)),
)
