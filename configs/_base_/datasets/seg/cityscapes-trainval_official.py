"""Cityscapes, training and validation images together, as the official figures of the test set.

Validation is on images that were learned.
"""

_base_ = "cityscapes_official.py"

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
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type="ConcatDataset",
        datasets=[
            dict(
                type="CityscapesDataset",
                data_root="data/cityscapes/",
                data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"),
                pipeline=train_pipeline,
            ),
            dict(
                type="CityscapesDataset",
                data_root="data/cityscapes/",
                data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
                pipeline=train_pipeline,
            ),
        ],
    ),
)

del train_pipeline
