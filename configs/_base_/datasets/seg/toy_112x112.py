"""Label maps of the generated scenes, 320×240, in the folders of Cityscapes (hrnet_mm.datasets).

Training takes small crops that no class fills, for things cover little of an image.
"""

metainfo = dict(
    classes=(
        "sky",
        "building",
        "road",
        "grass",
        "person",
        "car",
        "dog",
        "tree",
        "ball",
        "sign",
    ),
    palette=[
        (112, 176, 224),
        (160, 120, 108),
        (128, 128, 136),
        (132, 184, 92),
        (236, 92, 92),
        (64, 84, 196),
        (168, 92, 40),
        (36, 116, 68),
        (248, 180, 48),
        (176, 76, 188),
    ],
)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="RandomResize", scale=(320, 240), ratio_range=(0.8, 1.25), keep_ratio=True),
    dict(type="RandomCrop", crop_size=(112, 112), cat_max_ratio=0.4),
    dict(type="RandomFlip", prob=0.5),
    dict(type="PackSegInputs"),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="LoadAnnotations"),
    dict(type="PackSegInputs"),
]
train_dataloader = dict(
    batch_size=4,
    # The work for one image is small: a second worker would take the processor from the network.
    num_workers=1,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="BaseSegDataset",  # CityscapesDataset takes the classes of Cityscapes only
        data_root="data/toy/",
        metainfo=metainfo,
        img_suffix="_leftImg8bit.png",
        seg_map_suffix="_gtFine_labelTrainIds.png",
        data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="BaseSegDataset",
        data_root="data/toy/",
        metainfo=metainfo,
        img_suffix="_leftImg8bit.png",
        seg_map_suffix="_gtFine_labelTrainIds.png",
        data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"),
        pipeline=test_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="IoUMetric", iou_metrics=["mIoU"])
test_evaluator = val_evaluator

del metainfo, train_pipeline
