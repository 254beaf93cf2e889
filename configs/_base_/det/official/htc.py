"""Hybrid task cascade on COCO.

HRNet-Object-Detection has no config of it, its README links weights of mmdet: these are the
conventions of its other configs with mmdet's heads.
"""

_base_ = ["../htc_hrnetv2p.py", "../coco_instance_semantic.py"]

model = dict(backbone=dict(norm_eval=True))
