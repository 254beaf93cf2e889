"""LIP, people in 20 classes of body parts and clothes: 30,462 to train, 10,000 to validate.

Folders as in its archives, {train,val}_images and {train,val}_segmentations, side by side. The
official recipe: every image becomes a square of 473² (lip.py:71-112), four GPUs × 10.
"""

left_right = [(14, 15), (16, 17), (18, 19)]  # arms, legs and shoes
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomFlip", prob=0.5, swap_seg_labels=left_right),
    dict(type="Resize", scale=(473, 473), keep_ratio=False),
    dict(
        type="RandomChoiceResize",
        scales=[(int(473 * i / 10 + 0.5),) * 2 for i in range(5, 17)],  # 0.5 to 1.6
        keep_ratio=True,
    ),
    dict(type="RandomCrop", crop_size=(473, 473)),
    dict(type="Pad", size=(473, 473)),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(473, 473), keep_ratio=False),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
# An image and its flip, left and right swapped, at one scale: lip.py:114-143.
tta_model = dict(type="SegMirrorTTAModel", swapped=left_right)
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(473, 473), keep_ratio=False),
    dict(
        type="TestTimeAug",
        transforms=[
            [dict(type="RandomFlip", prob=0.0), dict(type="RandomFlip", prob=1.0)],
            [dict(type="LoadAnnotations")],
            [dict(type="PackSegInputs")],
        ],
    ),
]

train_dataloader = dict(
    batch_size=10,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="InfiniteSampler", shuffle=True),
    dataset=dict(
        type="LIPDataset",
        data_root="data/LIP/",
        data_prefix=dict(img_path="train_images", seg_map_path="train_segmentations"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="LIPDataset",
        data_root="data/LIP/",
        data_prefix=dict(img_path="val_images", seg_map_path="val_segmentations"),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=40)

del train_pipeline, left_right
