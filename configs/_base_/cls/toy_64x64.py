"""Single things cut from the generated scenes, 64×64, a folder for each class."""

_base_ = ["../toy.py"]

dataset = dict(
    type="CustomDataset",
    data_root=_base_.data_root + "classification",
)
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        **dataset,
        data_prefix="train",
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="RandomResizedCrop", scale=64, crop_ratio_range=(0.6, 1.0)),
            dict(type="RandomFlip", prob=0.5, direction="horizontal"),
            dict(type="PackInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    dataset=dict(
        **dataset,
        data_prefix="val",
        pipeline=[dict(type="LoadImageFromFile"), dict(type="PackInputs")],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="Accuracy", topk=(1,))
test_evaluator = val_evaluator
