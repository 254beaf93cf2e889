"""ADE20K with mmseg's recipe, in batches of 4 × 4."""

_base_ = ["schedule_160k.py", "../datasets/ade20k.py", "views.py"]

crop_size = (512, 512)
_resize = dict(type="Resize", scale=(2048, 512), keep_ratio=True)
train_dataloader = dict(
    batch_size=4,
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(
        **_base_.dataset,
        **_base_.train_split,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(_resize, type="RandomResize", ratio_range=(0.5, 2.0)),
            dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.75),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PhotoMetricDistortion"),
            dict(type="PackSegInputs"),
        ],
    ),
)
test_pipeline = [
    dict(type="LoadImageFromFile"),
    _resize,
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
val_dataloader = dict(
    batch_size=1, dataset=dict(**_base_.dataset, **_base_.val_split, pipeline=test_pipeline)
)
test_dataloader = val_dataloader
auto_scale_lr = dict(base_batch_size=16)
