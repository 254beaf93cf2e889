"""Cascade Mask R-CNN on COCO.

HRNet-Object-Detection has no config of it, its README links weights of mmdet: these are the
conventions of its other configs with mmdet's heads.
"""

_base_ = ["../cascade-mask-rcnn_hrnetv2p.py", "../coco_instance.py", "coordinates.py"]

model = dict(
    backbone=dict(norm_eval=True),
    rpn_head=dict(anchor_generator=_base_.anchors, bbox_coder=_base_.coder),
    roi_head=dict(
        bbox_roi_extractor=_base_.rois,
        mask_roi_extractor=_base_.rois,
        bbox_head=[
            dict(head, bbox_coder=dict(head.bbox_coder, **_base_.coder))
            for head in _base_.model.roi_head.bbox_head
        ],
    ),
)
