"""mmpose's associative embedding for COCO: all people of an image at once, without boxes."""

_base_ = ["../hrnet_heatmap.py"]

codec = dict(
    type="AssociativeEmbedding",
    input_size=(512, 512),
    heatmap_size=(128, 128),
    sigma=2,
    decode_topk=30,
    decode_center_shift=0.5,
    decode_keypoint_order=[0, 1, 2, 3, 4, 5, 6, 11, 12, 7, 8, 9, 10, 13, 14, 15, 16],
    decode_max_instances=30,
)
model = dict(
    type="BottomupPoseEstimator",
    head=dict(
        _delete_=True,
        type="AssociativeEmbeddingHead",
        num_keypoints=17,
        tag_dim=1,
        tag_per_keypoint=True,
        deconv_out_channels=None,
        keypoint_loss=dict(type="KeypointMSELoss", use_target_weight=True),
        tag_loss=dict(type="AssociativeEmbeddingLoss", loss_weight=0.001),
        decoder=dict(codec, heatmap_size=codec["input_size"]),
    ),
    test_cfg=dict(
        _delete_=True,
        multiscale_test=False,
        flip_test=True,
        shift_heatmap=False,
        restore_heatmap_size=True,
        align_corners=False,
    ),
)

dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "bottomup"
data_root = "data/coco/"
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        data_mode=data_mode,
        ann_file="annotations/person_keypoints_val2017.json",
        data_prefix=dict(img="val2017/"),
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(
                type="BottomupResize",
                input_size=codec["input_size"],
                size_factor=64,
                resize_mode="expand",
            ),
            dict(
                type="PackPoseInputs",
                meta_keys=(
                    *("id", "img_id", "img_path", "crowd_index", "ori_shape", "img_shape"),
                    *("input_size", "input_center", "input_scale"),
                    *("flip", "flip_direction", "flip_indices", "raw_ann_info", "skeleton_links"),
                ),
            ),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type="CocoMetric",
    ann_file=data_root + "annotations/person_keypoints_val2017.json",
    nms_mode="none",
    score_mode="bbox",
)
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=192)
