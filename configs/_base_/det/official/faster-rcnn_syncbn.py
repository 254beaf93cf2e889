"""Faster R-CNN on COCO with trained batch norms, whose statistics are of all GPUs."""

_base_ = ["faster-rcnn.py"]

model = dict(backbone=dict(norm_cfg=dict(type="SyncBN"), norm_eval=False))
