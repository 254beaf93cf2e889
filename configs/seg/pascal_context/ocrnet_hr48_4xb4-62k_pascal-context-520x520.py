"""HRNetV2-W48 + OCR on PASCAL-Context, 60 classes, with the official recipe.

Reproduces: mIoU (ms+flip) 50.1 on val, with --tta (Wang et al. 2020, section 5; README of
            HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/pascal_context/ocrnet_hr48_4xb4-62k_pascal-context-520x520.py 4
"""

_base_ = ["../../_base_/seg/official/ocrnet_pascal-context.py"]
