"""HRNetV2-W48 on Cityscapes from PaddleClas' distilled backbone (SSLD), with the official recipe.

Reproduces: mIoU 81.6 on val (README of HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/official/fcn_hr48_ssld-8xb2-90k_cityscapes-512x1024.py 8

The backbone is PaddleClas' in mmpretrain's conversion. The README does not say which yaml it
trained: there is another, in batches of 4 × 3.
"""

_base_ = [
    "../../../_base_/models/seg/fcn_hrnetv2_official-ocr-branch.py",
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
        arch="w48",
        init_cfg=dict(
            type="Pretrained",
            prefix="backbone.",
            checkpoint="https://download.openmmlab.com/mmclassification/v0/hrnet/"
            "hrnet-w48_3rdparty_8xb32-ssld_in1k_20220120-d0459c38.pth",
        ),
    ),
    neck=dict(in_channels=(48, 96, 192, 384)),
    decode_head=dict(
        in_channels=720,
        channels=720,
        num_classes=19,
        loss_decode=dict(
            type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True, class_weight=class_weight
        ),
    ),
)
# 484 epochs of ⌊⌈2975 / 8⌉ / 2⌋ = 186 batches of 16: one of the yamls for backbones that PaddleClas
# pretrained.
train_dataloader = dict(batch_size=2)
train_cfg = dict(max_iters=90_024)
param_scheduler = [
    dict(type="PolyLR", power=0.9, eta_min=0, begin=0, end=90_024, by_epoch=False),
]
auto_scale_lr = dict(base_batch_size=16)

del class_weight
