"""How the official branch HRNet-OCR shows photographs: crops of 520², batches of 4 × 4.

The short side becomes 520 first (pascal_ctx.py, ade20k.py and cocostuff.py of that branch), then
the long side 520 times the scale: one of 17 to train, 1 to test, seven with --tta. Zeros surround
what is smaller than a crop.

Tests take windows of 520² every 346 cells. The last one ends with the image, where the official
code lets it reach beyond, into black, and an image smaller than a window stays as it is.
Where windows overlap, the official code averages the exponentials of scores, mmseg the scores.
"""

_base_ = ["../tta.py"]

crop_size = (520, 520)
_short_side = dict(type="Resize", scale=(100_000, 520), keep_ratio=True)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    _short_side,
    dict(
        type="RandomChoiceResize",
        scales=[(52 * i, 52 * i) for i in range(5, 22)],
        keep_ratio=True,
    ),
    dict(type="RandomCrop", crop_size=crop_size),
    dict(type="Pad", size=crop_size),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackSegInputs"),
]
photograph_pipeline = [
    dict(type="LoadImageFromFile"),
    _short_side,
    dict(type="Resize", scale=(520, 520), keep_ratio=True),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    _short_side,
    dict(
        type="TestTimeAug",
        transforms=[
            [
                dict(type="Resize", scale=(long_side, long_side), keep_ratio=True)
                for long_side in range(260, 1041, 130)  # 0.5 to 2: README of that branch
            ],
            *_base_.views,
        ],
    ),
]
windows = dict(mode="slide", crop_size=crop_size, stride=(346, 346))  # base_dataset.py:221-284
