"""Cityscapes, street scenes of 2048×1024 in 19 classes, with the official augmentation.

Scale within 0.5 to 2 and flip, no change of colours (HRNet-Semantic-Segmentation, base_dataset.py).
"""

_base_ = ["../loaders.py", "evaluation.py"]

crop_size = (512, 1024)
dataset = dict(type="CityscapesDataset", data_root="data/cityscapes/")
train_dataloader = dict(
    batch_size=3,
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(
        **dataset,
        data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="RandomResize", scale=(2048, 1024), ratio_range=(0.5, 2.0), keep_ratio=True),
            dict(type="RandomCrop", crop_size=crop_size),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackSegInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=1,
    dataset=dict(
        **dataset,
        data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
        pipeline=_base_.test_pipeline,
    ),
)
test_dataloader = val_dataloader

# cityscapes.py:62-66 of the official code.
class_weight = [
    *(0.8373, 0.918, 0.866, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023),
    *(0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507),
]
