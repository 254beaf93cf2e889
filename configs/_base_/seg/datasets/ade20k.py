"""ADE20K, scenes in 150 classes: 20,210 to train, 2000 to validate."""

_base_ = ["../../loaders.py", "../evaluation.py"]

dataset = dict(type="ADE20KDataset", data_root="data/ade/ADEChallengeData2016")
train_split = dict(
    data_prefix=dict(img_path="images/training", seg_map_path="annotations/training")
)
val_split = dict(
    data_prefix=dict(img_path="images/validation", seg_map_path="annotations/validation")
)
