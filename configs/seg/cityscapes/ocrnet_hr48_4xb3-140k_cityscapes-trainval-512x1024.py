"""HRNetV2-W48 + OCR on Cityscapes, train and val together, with the official recipe.

Reproduces: mIoU (ms+flip) 82.5 on test (Wang et al. 2020, table 4; 82.3 in README of
            HRNet-Semantic-Segmentation, branch HRNet-OCR).
Batch:      4 GPUs × 3
Command:    bash tools/dist_train.sh \
            configs/seg/cityscapes/ocrnet_hr48_4xb3-140k_cityscapes-trainval-512x1024.py 4

One training, on both from the start: 139,876 iterations.
"""

_base_ = ["../../_base_/seg/official/ocrnet_cityscapes_trainval.py"]
