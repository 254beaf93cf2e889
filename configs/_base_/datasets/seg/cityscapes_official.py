"""Cityscapes, street scenes of 2048×1024 in 19 classes: 2975 to train, 500 to validate.

The official recipe: crops of 512×1024, four GPUs × 3.
"""

# One of 17 scales and a flip, no change of colours (base_dataset.py:80-102, 155-160 of the official
# code).
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(
        type="RandomChoiceResize",
        scales=[(int(2048 * i / 10 + 0.5),) * 2 for i in range(5, 22)],  # long side: 0.5 to 2.1
        keep_ratio=True,
    ),
    dict(type="RandomCrop", crop_size=(512, 1024)),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
# Six scales, as the figures of the test set. Above scale 1 the official code takes windows of
# 2048×1024 (cityscapes.py:126-179), here the whole. mmseg averages the probabilities of all views.
# The official code averages the scores of an image and its flip, and sums their exponentials over
# the scales (base_dataset.py:204-284).
tta_model = dict(type="SegTTAModel")
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(
        type="TestTimeAug",
        transforms=[
            [  # README of the official code
                dict(type="Resize", scale_factor=0.5, keep_ratio=True),
                dict(type="Resize", scale_factor=0.75, keep_ratio=True),
                dict(type="Resize", scale_factor=1.0, keep_ratio=True),
                dict(type="Resize", scale_factor=1.25, keep_ratio=True),
                dict(type="Resize", scale_factor=1.5, keep_ratio=True),
                dict(type="Resize", scale_factor=1.75, keep_ratio=True),
            ],
            [dict(type="RandomFlip", prob=0.0), dict(type="RandomFlip", prob=1.0)],
            [dict(type="LoadAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]

train_dataloader = dict(
    batch_size=3,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(
        type="CityscapesDataset",
        data_root="data/cityscapes/",
        data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CityscapesDataset",
        data_root="data/cityscapes/",
        data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=12)

del train_pipeline
