"""Cityscapes, street scenes of 2048×1024 in 19 classes: 2975 to train, 500 to validate."""

_base_ = ["../../loaders.py", "../evaluation.py"]

dataset = dict(type="CityscapesDataset", data_root="data/cityscapes/")
train_split = dict(data_prefix=dict(img_path="leftImg8bit/train", seg_map_path="gtFine/train"))
val_split = dict(data_prefix=dict(img_path="leftImg8bit/val", seg_map_path="gtFine/val"))
