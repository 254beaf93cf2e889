"""HRNetV2-W48 + OCR on COCO-Stuff 10k, with the official recipe.

Reproduces: mIoU 39.7, mIoU (ms+flip) 40.6 on test (README of HRNet-Semantic-Segmentation, branch
            HRNet-OCR).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/seg/coco_stuff/ocrnet_hr48_ohem-4xb4-62k_coco-stuff10k-520x520.py 4
"""

_base_ = ["../../_base_/seg/official/ocrnet_coco-stuff10k.py"]
