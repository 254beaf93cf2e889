"""Cascade Mask R-CNN on HRNetV2p: Cascade R-CNN with a mask head in each of its stages."""

_base_ = ["cascade-rcnn_hrnetv2p.py", "mask_branch.py"]

_boxes = _base_.model.roi_head.bbox_roi_extractor
model = dict(
    data_preprocessor=dict(pad_mask=True),
    roi_head=dict(
        mask_roi_extractor=dict(_boxes, roi_layer=dict(_boxes.roi_layer, output_size=14)),
        mask_head=_base_.mask_head,
    ),
    train_cfg=dict(rcnn=[dict(stage, mask_size=28) for stage in _base_.model.train_cfg.rcnn]),
    test_cfg=dict(rcnn=dict(mask_thr_binary=0.5)),
)
