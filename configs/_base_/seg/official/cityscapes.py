"""Cityscapes with the official recipe: 484 epochs of 248 batches, 120,032 in all.

In the branches pytorch-v1.1 and HRNet-OCR each of four GPUs gets ⌈2975 / 4⌉ = 744 images an epoch;
branch master, one process for all GPUs, has ⌊2975 / 12⌋ = 247 batches.

One of 17 scales and flip, no change of colours (base_dataset.py:80-102, 155-160 of the official
code). Validation takes whole images; with --tta, six scales, as the figures of the test set. Above
scale 1 the official code then takes windows of 2048×1024 (cityscapes.py:126-179), here the whole.
"""

_base_ = ["schedule.py", "../datasets/cityscapes.py", "../tta.py", "ohem.py"]

crop_size = (512, 1024)
train_dataloader = dict(
    batch_size=3,
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(
        **_base_.dataset,
        **_base_.train_split,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(
                type="RandomChoiceResize",
                scales=[(int(2048 * i / 10 + 0.5),) * 2 for i in range(5, 22)],  # the long side
                keep_ratio=True,
            ),
            dict(type="RandomCrop", crop_size=crop_size),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackSegInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    dataset=dict(**_base_.dataset, **_base_.val_split, pipeline=_base_.test_pipeline),
)
test_dataloader = val_dataloader
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(
        type="TestTimeAug",
        transforms=[
            [
                dict(type="Resize", scale_factor=ratio, keep_ratio=True)
                for ratio in (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)  # README of the official code
            ],
            *_base_.views,
        ],
    ),
]

_iterations = 484 * 248
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
optim_wrapper = dict(optimizer=dict(lr=0.01, weight_decay=5e-4))
auto_scale_lr = dict(base_batch_size=12)

# cityscapes.py:62-66 of the official code.
class_weight = [
    *(0.8373, 0.918, 0.866, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023),
    *(0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507),
]
hard_pixels = dict(class_weight=class_weight)
