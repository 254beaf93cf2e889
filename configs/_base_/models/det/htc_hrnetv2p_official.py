"""Hybrid task cascade on HRNetV2p.

HRNet-Object-Detection has no config for it; its README links mmdet's weights. These are the
conventions of its other configs with mmdet's heads.
"""

_base_ = ["cascade-rcnn_hrnetv2p_official.py"]

model = dict(
    type="HybridTaskCascade",
    data_preprocessor=dict(pad_mask=False, pad_seg=True),
    roi_head=dict(
        type="HybridTaskCascadeRoIHead",
        mask_roi_extractor=dict(
            type="SingleRoIExtractor",
            roi_layer=dict(type="RoIAlign", output_size=14, sampling_ratio=2, aligned=False),
            out_channels=256,
            featmap_strides=[4, 8, 16, 32],
        ),
        mask_head=[  # each also gets the features of the one before
            dict(
                type="HTCMaskHead",
                with_conv_res=False,
                num_convs=4,
                in_channels=256,
                conv_out_channels=256,
                num_classes=80,
                loss_mask=dict(type="CrossEntropyLoss", use_mask=True, loss_weight=1.0),
            ),
            dict(
                type="HTCMaskHead",
                num_convs=4,
                in_channels=256,
                conv_out_channels=256,
                num_classes=80,
                loss_mask=dict(type="CrossEntropyLoss", use_mask=True, loss_weight=1.0),
            ),
            dict(
                type="HTCMaskHead",
                num_convs=4,
                in_channels=256,
                conv_out_channels=256,
                num_classes=80,
                loss_mask=dict(type="CrossEntropyLoss", use_mask=True, loss_weight=1.0),
            ),
        ],
        # The features of the stuff go to all box and mask heads.
        semantic_roi_extractor=dict(
            type="SingleRoIExtractor",
            roi_layer=dict(type="RoIAlign", output_size=14, sampling_ratio=2, aligned=False),
            out_channels=256,
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
        rcnn=[  # those of Cascade R-CNN with `mask_size` and `match_low_quality`
            dict(
                assigner=dict(
                    type="MaxIoUAssigner",
                    pos_iou_thr=0.5,
                    neg_iou_thr=0.5,
                    min_pos_iou=0.5,
                    match_low_quality=True,
                ),
                sampler=dict(type="RandomSampler", num=512, pos_fraction=0.25),
                mask_size=28,
                pos_weight=-1,
                debug=False,
            ),
            dict(
                assigner=dict(
                    type="MaxIoUAssigner",
                    pos_iou_thr=0.6,
                    neg_iou_thr=0.6,
                    min_pos_iou=0.6,
                    match_low_quality=True,
                ),
                sampler=dict(type="RandomSampler", num=512, pos_fraction=0.25),
                mask_size=28,
                pos_weight=-1,
                debug=False,
            ),
            dict(
                assigner=dict(
                    type="MaxIoUAssigner",
                    pos_iou_thr=0.7,
                    neg_iou_thr=0.7,
                    min_pos_iou=0.7,
                    match_low_quality=True,
                ),
                sampler=dict(type="RandomSampler", num=512, pos_fraction=0.25),
                mask_size=28,
                pos_weight=-1,
                debug=False,
            ),
        ],
    ),
    test_cfg=dict(rcnn=dict(score_thr=0.001, mask_thr_binary=0.5)),
)
