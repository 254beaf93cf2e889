"""HRNetV2-W18 + OCR on Cityscapes, with mmseg's recipe.

Reproduces: mIoU 79.47, mIoU (ms+flip) 80.91 on val (mmseg 1.2.2, configs/ocrnet/metafile.yaml).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/mmseg/ocrnet_hr18_4xb2-160k_cityscapes-512x1024.py 4
"""

_base_ = [
    "../../../_base_/models/seg/ocrnet_hrnetv2.py",
    "../../../_base_/datasets/seg/cityscapes_mmseg.py",
    "../../../_base_/schedules/seg/mmseg_160k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(512, 1024)),
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
    decode_head=[
        dict(
            type="FCNHead",
            in_channels=270,
            channels=270,
            in_index=0,
            num_convs=1,
            kernel_size=1,
            concat_input=False,
            dropout_ratio=0,
            num_classes=19,
            norm_cfg=dict(type="SyncBN"),
            align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4, avg_non_ignore=False),
        ),
        dict(
            type="OCRHead",
            in_channels=270,
            channels=512,
            ocr_channels=256,
            in_index=0,
            dropout_ratio=0,
            num_classes=19,
            norm_cfg=dict(type="SyncBN"),
            align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=False),
        ),
    ],
)
