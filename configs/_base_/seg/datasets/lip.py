"""LIP, people in 20 classes of body parts and clothes: 30,462 to train, 10,000 to validate.

The folders of its archives, {train,val}_images and {train,val}_segmentations, side by side.
"""

_base_ = ["../../loaders.py", "../evaluation.py"]

dataset = dict(type="LIPDataset", data_root="data/LIP/")
train_split = dict(data_prefix=dict(img_path="train_images", seg_map_path="train_segmentations"))
val_split = dict(data_prefix=dict(img_path="val_images", seg_map_path="val_segmentations"))
sides = [(14, 15), (16, 17), (18, 19)]  # arms, legs and shoes: left and right
