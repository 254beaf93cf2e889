"""Cascade R-CNN on COCO, as in HRNet-Object-Detection (configs/hrnet)."""

_base_ = ["../cascade-rcnn_hrnetv2p.py", "../coco.py"]

model = dict(backbone=dict(norm_eval=True))
