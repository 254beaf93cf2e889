"""HRNetV2-W48 on ADE20K, with mmseg's recipe.

Reproduces: mIoU 42.02, mIoU (ms+flip) 43.86 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh configs/seg/ade20k/mmseg/fcn_hr48_4xb4-160k_ade20k-512x512.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_mmseg.py",
    "../../../_base_/datasets/seg/ade20k_mmseg.py",
    "../../../_base_/schedules/seg/mmseg_160k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(512, 512)),
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=150,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=False),
    ),
)
