"""Cascade R-CNN on COCO, as in mmdet 3."""

_base_ = ["../cascade-rcnn_hrnetv2p.py", "../coco.py", "rois.py"]

model = dict(
    backbone=dict(norm_eval=True),
    roi_head=dict(bbox_roi_extractor=_base_.sampling),
    test_cfg=_base_.proposals,
)
