"""FCOS on COCO.

HRNet-Object-Detection has no config of it, its README links weights of mmdet: these are the
conventions of HRNet-FCOS with mmdet's head.
"""

_base_ = ["../fcos_hrnetv2p.py", "../coco.py"]

model = dict(backbone=dict(norm_eval=True))
