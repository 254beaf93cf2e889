"""HRNetV2-W48 on Cityscapes, with mmseg's recipe.

Reproduces: mIoU 80.65, mIoU (ms+flip) 81.92 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/mmseg/fcn_hr48_4xb2-160k_cityscapes-512x1024.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_mmseg.py",
    "../../../_base_/datasets/seg/cityscapes_mmseg.py",
    "../../../_base_/schedules/seg/mmseg_160k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(512, 1024)),
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=19,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=False),
    ),
)
