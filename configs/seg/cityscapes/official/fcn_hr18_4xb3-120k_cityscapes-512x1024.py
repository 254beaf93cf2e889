"""HRNetV2-W18 on Cityscapes, with the official recipe.

Reproduces: no published figure: the official recipe at the width of mmseg's hr18.
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/official/fcn_hr18_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official.py",
    "../../../_base_/datasets/seg/cityscapes_official.py",
    "../../../_base_/schedules/seg/official_cityscapes_120k.py",
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
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
    decode_head=dict(
        in_channels=270,
        channels=270,
        num_classes=19,
        loss_decode=dict(
            type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True, class_weight=class_weight
        ),
    ),
)

del class_weight
