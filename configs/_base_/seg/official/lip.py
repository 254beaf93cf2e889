"""LIP with the official recipe: 150 epochs of ⌊30,462 / 40⌋ = 761 batches, 114,150 in all.

Every image becomes a square of 473 cells, as in the official code (lip.py:71-112), then one of 12
scales, padded. With --tta an image is also mirrored, left and right swapped, at one scale.
"""

_base_ = ["schedule.py", "../datasets/lip.py", "../tta.py"]

crop_size = (473, 473)
_square = dict(type="Resize", scale=crop_size, keep_ratio=False)
train_dataloader = dict(
    batch_size=10,
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(
        **_base_.dataset,
        **_base_.train_split,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="RandomFlip", prob=0.5, swap_seg_labels=_base_.sides),
            _square,
            dict(
                type="RandomChoiceResize",
                scales=[(int(473 * i / 10 + 0.5),) * 2 for i in range(5, 17)],
                keep_ratio=True,
            ),
            dict(type="RandomCrop", crop_size=crop_size),
            dict(type="Pad", size=crop_size),
            dict(type="PackSegInputs"),
        ],
    ),
)
test_pipeline = [
    dict(type="LoadImageFromFile"),
    _square,
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
val_dataloader = dict(
    batch_size=1, dataset=dict(**_base_.dataset, **_base_.val_split, pipeline=test_pipeline)
)
test_dataloader = val_dataloader
tta_model = dict(type="SegMirrorTTAModel", swapped=_base_.sides)  # lip.py:114-143
tta_pipeline = [
    dict(type="LoadImageFromFile"),
    _square,
    dict(type="TestTimeAug", transforms=_base_.views),
]

_iterations = 150 * 761
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
optim_wrapper = dict(optimizer=dict(lr=0.007, weight_decay=5e-4))
auto_scale_lr = dict(base_batch_size=40)
