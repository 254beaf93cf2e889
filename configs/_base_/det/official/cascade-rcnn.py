"""Cascade R-CNN on COCO, as in HRNet-Object-Detection (configs/hrnet)."""

_base_ = ["../cascade-rcnn_hrnetv2p.py", "../coco.py", "coordinates.py"]

model = dict(
    backbone=dict(norm_eval=True),
    rpn_head=dict(anchor_generator=_base_.anchors, bbox_coder=_base_.coder),
    roi_head=dict(
        bbox_roi_extractor=_base_.rois,
        bbox_head=[
            dict(head, bbox_coder=dict(head.bbox_coder, **_base_.coder))
            for head in _base_.model.roi_head.bbox_head
        ],
    ),
)
