"""Mask R-CNN on COCO, as in HRNet-Object-Detection (configs/hrnet)."""

_base_ = ["../mask-rcnn_hrnetv2p.py", "../coco_instance.py", "box_regression.py"]

_boxes = _base_.box_regression
model = dict(
    backbone=dict(norm_eval=True),
    **dict(_boxes, roi_head=dict(_boxes.roi_head, mask_roi_extractor=_base_.rois)),
)
