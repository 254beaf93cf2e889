"""Mask R-CNN on COCO, as in mmdet 3."""

_base_ = ["../mask-rcnn_hrnetv2p.py", "../coco_instance.py", "rois.py"]

model = dict(
    backbone=dict(norm_eval=True),
    roi_head=dict(bbox_roi_extractor=_base_.sampling, mask_roi_extractor=_base_.sampling),
    train_cfg=dict(rpn_proposal=dict(max_per_img=1000)),
    test_cfg=_base_.proposals,
)
