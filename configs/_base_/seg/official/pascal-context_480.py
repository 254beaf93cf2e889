"""PASCAL-Context as in the official branch master: 200 epochs of ⌊4998 / 16⌋ = 312 batches.

62,400 in all. Training takes crops of 480² from one of 17 scales of a long side of 520, zeros
around what is smaller (base_dataset.py of the official code).

Tests take windows of 480² every 320 cells. The last one ends with the image, where the official
code lets it reach beyond, into black, and an image smaller than a window stays as it is.
Where windows overlap, the official code averages the exponentials of scores, mmseg the scores.
"""

_base_ = ["schedule.py", "../datasets/pascal-context.py", "../tta.py"]

crop_size = (480, 480)
train_dataloader = dict(
    batch_size=4,
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(
        **_base_.dataset,
        **_base_.train_split,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(
                type="RandomChoiceResize",
                scales=[(52 * i, 52 * i) for i in range(5, 22)],
                keep_ratio=True,
            ),
            dict(type="RandomCrop", crop_size=crop_size),
            dict(type="Pad", size=crop_size),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackSegInputs"),
        ],
    ),
)
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="Resize", scale=(520, 520), keep_ratio=True),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
val_dataloader = dict(
    batch_size=1, dataset=dict(**_base_.dataset, **_base_.val_split, pipeline=test_pipeline)
)
test_dataloader = val_dataloader
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(
        type="TestTimeAug",
        transforms=[
            [
                dict(type="Resize", scale=(long_side, long_side), keep_ratio=True)
                for long_side in range(260, 1041, 130)  # 0.5 to 2: README of the official code
            ],
            *_base_.views,
        ],
    ),
]
windows = dict(mode="slide", crop_size=crop_size, stride=(320, 320))  # base_dataset.py:221-284

_iterations = 200 * 312
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
optim_wrapper = dict(optimizer=dict(lr=0.004, weight_decay=1e-4))
auto_scale_lr = dict(base_batch_size=16)
