"""Faster R-CNN on COCO, as in HRNet-Object-Detection (configs/hrnet)."""

_base_ = ["../faster-rcnn_hrnetv2p.py", "../coco.py", "box_regression.py"]

model = dict(backbone=dict(norm_eval=True), **_base_.box_regression)
