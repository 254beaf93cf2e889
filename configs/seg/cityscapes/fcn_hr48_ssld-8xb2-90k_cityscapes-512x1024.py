"""HRNetV2-W48 on Cityscapes from PaddleClas' distilled trunk (SSLD), with the official recipe.

Reproduces: mIoU 81.6 on val (README of HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      8 GPUs × 2
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/fcn_hr48_ssld-8xb2-90k_cityscapes-512x1024.py 8

The trunk is PaddleClas' in mmpretrain's conversion. The README does not say which yaml it trained:
there is another, in batches of 4 × 3.
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_cityscapes_8xb2.py"]

_ssld = dict(
    type="Pretrained",
    prefix="backbone.",
    checkpoint="https://download.openmmlab.com/mmclassification/v0/hrnet/"
    "hrnet-w48_3rdparty_8xb32-ssld_in1k_20220120-d0459c38.pth",
)
model = dict(backbone=dict(_base_.trunk, init_cfg=_ssld), neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
