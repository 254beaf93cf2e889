"""HRNetV2-W48 + OCR on Cityscapes, train and val together, with the official recipe.

Reproduces: mIoU (ms+flip) 82.5 on test (Wang et al. 2020, table 4; 82.3 in README of
            HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/official/ocrnet_hr48_4xb3-140k_cityscapes-trainval-512x1024.py 4

One training, on both from the start: 139,876 iterations.
"""

_base_ = [
    "../../../_base_/models/seg/ocrnet_hrnetv2.py",
    "../../../_base_/datasets/seg/cityscapes-trainval_official.py",
    "../../../_base_/schedules/seg/official_cityscapes-trainval_140k.py",
    "../../../_base_/seg/default_runtime.py",
]

# cityscapes.py:62-66 of the official code
class_weight = [
    0.8373, 0.918, 0.866, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023,
    0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507,
]  # fmt: skip
model = dict(
    data_preprocessor=dict(size=(512, 1024)),
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
            num_classes=19,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            # As PyTorch makes them: seg_hrnet_ocr.py:653.
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            loss_decode=dict(
                type="CrossEntropyLoss",
                loss_weight=0.4,
                avg_non_ignore=True,
                class_weight=class_weight,
            ),
        ),
        dict(
            type="OCRHead",
            in_channels=720,
            channels=512,
            ocr_channels=256,
            in_index=0,
            dropout_ratio=0.05,
            num_classes=19,
            norm_cfg=dict(type="SyncBN"),
            align_corners=True,
            conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
            init_cfg=None,
            loss_decode=dict(
                type="CrossEntropyLoss",
                loss_weight=1.0,
                avg_non_ignore=True,
                class_weight=class_weight,
            ),
        ),
    ],
)

del class_weight
