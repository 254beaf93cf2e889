"""How the official code, of the time of mmdet 0.6, trains its boxes in Faster and Mask R-CNN.

mmdet 3 has the L1 loss in both places and no border.
"""

_base_ = ["coordinates.py"]

box_regression = dict(
    rpn_head=dict(
        anchor_generator=_base_.anchors,
        bbox_coder=_base_.coder,
        loss_bbox=dict(type="SmoothL1Loss", beta=1 / 9),
    ),
    roi_head=dict(
        bbox_roi_extractor=_base_.rois,
        bbox_head=dict(bbox_coder=_base_.coder, loss_bbox=dict(type="SmoothL1Loss", beta=1.0)),
    ),
    train_cfg=dict(rpn=dict(allowed_border=0)),  # anchors that cross the image's edge do not count
)
