"""Cascade Mask R-CNN on COCO.

HRNet-Object-Detection has no config of it, its README links weights of mmdet: these are the
conventions of its other configs with mmdet's heads.
"""

_base_ = ["../cascade-mask-rcnn_hrnetv2p.py", "../coco_instance.py"]

model = dict(backbone=dict(norm_eval=True))
