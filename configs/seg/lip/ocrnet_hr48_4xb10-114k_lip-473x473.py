"""HRNetV2-W48 + OCR on LIP, with the official recipe.

Reproduces: mIoU (flip) 56.48 on val, with --tta (Wang et al. 2020, section 5; README of
            HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      4 GPUs × 10
Command:    bash tools/dist_train.sh configs/seg/lip/ocrnet_hr48_4xb10-114k_lip-473x473.py 4

Its authors reproduce the figure with PyTorch 0.4.1 only, whose synchronised norms are others.
"""

_base_ = ["../../_base_/seg/official/ocrnet_lip.py"]
