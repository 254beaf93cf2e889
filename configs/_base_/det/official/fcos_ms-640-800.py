"""FCOS on COCO, at one of two scales as in mmdet's weights; HRNet-FCOS draws any between them."""

_base_ = ["../fcos_hrnetv2p.py", "../coco_ms-640-800.py"]

model = dict(backbone=dict(norm_eval=True))
