"""HRNetV2-W48 + OCR on ADE20K, with the official recipe.

Reproduces: mIoU 44.5, mIoU (ms+flip) 45.5 on val (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/ade20k/ocrnet_hr48_ohem-4xb4-152k_ade20k-520x520.py 4
"""

_base_ = ["../../_base_/seg/official/ocrnet_ade20k.py"]
