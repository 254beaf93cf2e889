"""Associative embedding on HRNet-W32, COCO at 512×512, as in mmpose; to test only.

Reproduces: AP 65.6, AP50 86.4, AP75 71.9, AR 71.1 on val2017 (mmpose 1.3.2,
            associative_embedding/coco/hrnet_coco.yml).
Batch:      8 GPUs × 24
Command:    python tools/test.py \
            configs/pose/coco/mmpose/ae_hrnet-w32_8xb24-300e_coco-512x512.py CHECKPOINT

It cannot be trained: mmpose 1.3.2 has no pipeline for it, PackPoseInputs leaves out the
`keypoint_indices` that its head's loss asks for, and KeypointMSELoss takes no weights for each
person of an image. The batch is what the published weights were trained with.
"""

_base_ = ["../../../_base_/pose/default_runtime.py"]

model = dict(
    type="BottomupPoseEstimator",
    data_preprocessor=dict(
        type="PoseDataPreprocessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    ),
    backbone=dict(
        type="HRNetBackbone",
        arch="w32",
        out_indices=(0,),
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmpose/"
            "pretrain_models/hrnet_w32-36af842e.pth",
        ),
    ),
    head=dict(
        type="AssociativeEmbeddingHead",
        in_channels=32,
        num_keypoints=17,
        tag_dim=1,
        tag_per_keypoint=True,
        deconv_out_channels=None,
        keypoint_loss=dict(type="KeypointMSELoss", use_target_weight=True),
        tag_loss=dict(type="AssociativeEmbeddingLoss", loss_weight=0.001),
        decoder=dict(
            type="AssociativeEmbedding",
            input_size=(512, 512),
            heatmap_size=(512, 512),  # the head's, of 128×128, are enlarged before they are read
            sigma=2,
            decode_topk=30,
            decode_center_shift=0.5,
            decode_keypoint_order=[0, 1, 2, 3, 4, 5, 6, 11, 12, 7, 8, 9, 10, 13, 14, 15, 16],
            decode_max_instances=30,
        ),
    ),
    test_cfg=dict(
        multiscale_test=False,
        flip_test=True,
        shift_heatmap=False,
        restore_heatmap_size=True,
        align_corners=False,
    ),
)

dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "bottomup"

val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CocoDataset",
        data_root="data/coco/",
        data_mode="bottomup",
        ann_file="annotations/person_keypoints_val2017.json",
        data_prefix=dict(img="val2017/"),
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(
                type="BottomupResize", input_size=(512, 512), size_factor=64, resize_mode="expand"
            ),
            dict(
                type="PackPoseInputs",
                meta_keys=(
                    "id",
                    "img_id",
                    "img_path",
                    "crowd_index",
                    "ori_shape",
                    "img_shape",
                    "input_size",
                    "input_center",
                    "input_scale",
                    "flip",
                    "flip_direction",
                    "flip_indices",
                    "raw_ann_info",
                    "skeleton_links",
                ),
            ),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type="CocoMetric",
    ann_file="data/coco/annotations/person_keypoints_val2017.json",
    nms_mode="none",
    score_mode="bbox",
)
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=192)
