"""HRNetV2-W48 + OCR on Cityscapes, with the official recipe.

Reproduces: mIoU 81.6 on val (Wang et al. 2020, table 3; README of HRNet-Semantic-Segmentation,
            branch HRNet-OCR).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/ocrnet_hr48_4xb3-120k_cityscapes-512x1024.py 4
"""

_base_ = ["../../_base_/seg/official/ocrnet_cityscapes.py"]
