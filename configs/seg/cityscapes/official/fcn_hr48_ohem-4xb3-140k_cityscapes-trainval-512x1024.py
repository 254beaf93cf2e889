"""HRNetV2-W48 on Cityscapes, trained again on train and val, on hard pixels, official recipe.

Reproduces: mIoU (ms+flip) 81.9 on test (README of HRNet-Semantic-Segmentation).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh configs/seg/cityscapes/official/\
fcn_hr48_ohem-4xb3-140k_cityscapes-trainval-512x1024.py 4

The second training: 139,876 iterations from the end of fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024.
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official.py",
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
    backbone=dict(
        arch="w48",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w48"),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=19,
        # yaml LOSS; criterion.py:34-89
        loss_decode=dict(
            type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072, class_weight=class_weight
        ),
    ),
)
# yaml EXTRA_EPOCH and EXTRA_LR: the rate starts anew (train.py:279-287). There the optimiser's
# momentum lives on; here it starts at zero.
optim_wrapper = dict(optimizer=dict(lr=0.001))
load_from = "work_dirs/fcn_hr48_ohem-4xb3-120k_cityscapes-512x1024/iter_120032.pth"

del class_weight
