"""PASCAL-Context in 60 classes, the background among them: 4998 to train, 5105 to validate."""

_base_ = ["../../loaders.py", "../evaluation.py"]

dataset = dict(
    type="PascalContextDataset",
    data_root="data/VOCdevkit/VOC2010/",
    data_prefix=dict(img_path="JPEGImages", seg_map_path="SegmentationClassContext"),
)
train_split = dict(ann_file="ImageSets/SegmentationContext/train.txt")
val_split = dict(ann_file="ImageSets/SegmentationContext/val.txt")
