"""Label maps of the generated scenes, in the folders of Cityscapes.

Training takes small crops that no class fills, for things cover little of an image.
"""

_base_ = ["../toy.py", "evaluation.py"]

crop_size = (112, 112)

dataset = dict(
    # CityscapesDataset takes the classes of Cityscapes only.
    type="BaseSegDataset",
    data_root=_base_.data_root,
    metainfo=dict(
        classes=_base_.stuff + _base_.things, palette=_base_.stuff_palette + _base_.things_palette
    ),
    img_suffix="_leftImg8bit.png",
    seg_map_suffix="_gtFine_labelTrainIds.png",
)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        **dataset,
        data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="RandomResize", scale=(320, 240), ratio_range=(0.8, 1.25), keep_ratio=True),
            dict(type="RandomCrop", crop_size=crop_size, cat_max_ratio=0.4),
            dict(type="RandomFlip", prob=0.5),
            dict(type="PackSegInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=8,
    dataset=dict(
        **dataset,
        data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
        pipeline=_base_.test_pipeline,
    ),
)
test_dataloader = val_dataloader
