"""COCO-Stuff 10k, scenes in 171 classes: 9000 to train, 1000 to test."""

_base_ = ["../../loaders.py", "../evaluation.py"]

dataset = dict(type="COCOStuffDataset", data_root="data/coco_stuff10k", reduce_zero_label=True)
train_split = dict(
    data_prefix=dict(img_path="images/train2014", seg_map_path="annotations/train2014")
)
val_split = dict(data_prefix=dict(img_path="images/test2014", seg_map_path="annotations/test2014"))
