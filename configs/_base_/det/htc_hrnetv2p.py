"""Hybrid task cascade on HRNetV2p: three stages of box and mask, and a map of the stuff.

Each mask head also gets the features of the one before, and all heads those of the stuff's branch.
"""

_base_ = ["cascade-mask-rcnn_hrnetv2p.py"]

_masks = dict(_base_.mask_head, type="HTCMaskHead")
model = dict(
    type="HybridTaskCascade",
    data_preprocessor=dict(pad_mask=False, pad_seg=True),
    roi_head=dict(
        type="HybridTaskCascadeRoIHead",
        mask_head=[dict(_masks, with_conv_res=False), _masks, _masks],
        semantic_roi_extractor=dict(
            _base_.model.roi_head.mask_roi_extractor,
            featmap_strides=[8],
        ),
        semantic_head=dict(
            type="FusedSemanticHead",
            num_ins=5,
            fusion_level=1,
            seg_scale_factor=1 / 8,
            num_convs=4,
            in_channels=256,
            conv_out_channels=256,
            num_classes=183,
            loss_seg=dict(type="CrossEntropyLoss", ignore_index=255, loss_weight=0.2),
        ),
    ),
    train_cfg=dict(
        rcnn=[
            dict(stage, assigner=dict(stage.assigner, match_low_quality=True))
            for stage in _base_.model.train_cfg.rcnn
        ],
    ),
    test_cfg=dict(rcnn=dict(score_thr=0.001)),
)
