"""HRNetV2-W48 on COCO-Stuff 10k, with the official recipe.

Reproduces: mIoU 36.2, mIoU (ms+flip) 37.9 on test (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/coco_stuff/fcn_hr48_ohem-4xb4-62k_coco-stuff10k-520x520.py 4
"""

_base_ = ["../../_base_/widths/w48.py", "../../_base_/seg/official/fcn_coco-stuff10k.py"]

model = dict(backbone=_base_.trunk, neck=dict(in_channels=_base_.channels))
model["decode_head"] = _base_.concatenated
