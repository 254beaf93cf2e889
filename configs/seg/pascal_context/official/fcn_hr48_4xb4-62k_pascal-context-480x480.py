"""HRNetV2-W48 on PASCAL-Context, 60 classes, with the recipe of the official branch master.

Reproduces: mIoU (ms+flip) 48.3 on val, with --tta (Wang et al. 2020, section 5; README of
            HRNet-Semantic-Segmentation, branch master).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/official/fcn_hr48_4xb4-62k_pascal-context-480x480.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official.py",
    "../../../_base_/datasets/seg/pascal-context_480x480_official.py",
    "../../../_base_/schedules/seg/official_pascal-context-480x480_62k.py",
    "../../../_base_/seg/default_runtime.py",
]

model = dict(
    data_preprocessor=dict(size=(480, 480)),
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=60,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
    ),
    test_cfg=dict(mode="slide", crop_size=(480, 480), stride=(320, 320)),
)
