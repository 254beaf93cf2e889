"""HRNetV2-W48 on PASCAL-Context, 59 classes, with mmseg's recipe.

Reproduces: mIoU 51.12, mIoU (ms+flip) 53.56 on val (mmseg 1.2.2, configs/hrnet/metafile.yaml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/mmseg/fcn_hr48_4xb4-80k_pascal-context-59-480x480.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_mmseg.py",
    "../../../_base_/datasets/seg/pascal-context_mmseg.py",
    "../../../_base_/schedules/seg/mmseg_pascal-context_80k.py",
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
        num_classes=59,
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=False),
    ),
    test_cfg=dict(mode="slide", crop_size=(480, 480), stride=(320, 320)),
)
# The background is ignored.
train_dataloader = dict(dataset=dict(type="PascalContextDataset59"))
val_dataloader = dict(dataset=dict(type="PascalContextDataset59"))
test_dataloader = dict(dataset=dict(type="PascalContextDataset59"))
