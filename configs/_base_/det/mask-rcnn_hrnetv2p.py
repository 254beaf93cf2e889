"""Mask R-CNN on HRNetV2p: Faster R-CNN and a mask for each box."""

_base_ = ["faster-rcnn_hrnetv2p.py", "mask_branch.py"]

_boxes = _base_.model.roi_head.bbox_roi_extractor
model = dict(
    type="MaskRCNN",
    data_preprocessor=dict(pad_mask=True),
    roi_head=dict(
        mask_roi_extractor=dict(_boxes, roi_layer=dict(_boxes.roi_layer, output_size=14)),
        mask_head=_base_.mask_head,
    ),
    train_cfg=dict(rcnn=dict(assigner=dict(match_low_quality=True), mask_size=28)),
    test_cfg=dict(rcnn=dict(mask_thr_binary=0.5)),
)
