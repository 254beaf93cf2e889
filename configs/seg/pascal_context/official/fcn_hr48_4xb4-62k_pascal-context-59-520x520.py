"""HRNetV2-W48 on PASCAL-Context, 59 classes, with the recipe of the branch HRNet-OCR.

Reproduces: mIoU (ms+flip) 54.1 on val, with --tta (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/official/fcn_hr48_4xb4-62k_pascal-context-59-520x520.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official-ocr-branch.py",
    "../../../_base_/datasets/seg/pascal-context_520x520_official.py",
    "../../../_base_/schedules/seg/official_pascal-context-520x520_62k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(520, 520)),
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=59,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
    ),
    test_cfg=dict(mode="slide", crop_size=(520, 520), stride=(346, 346)),
)
# The background is ignored.
train_dataloader = dict(dataset=dict(type="PascalContextDataset59"))
val_dataloader = dict(dataset=dict(type="PascalContextDataset59"))
test_dataloader = dict(dataset=dict(type="PascalContextDataset59"))
