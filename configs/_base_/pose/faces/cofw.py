"""COFW: 29 landmarks."""

_base_ = ["landmarks.py"]

landmarks = 29
dataset_type = "COFWDataset"  # what mmpose's Inferencers look for
data_root = "data/cofw/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=_base_.data_mode,
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(dataset=dict(**dataset, ann_file="annotations/cofw_train.json"))
val_dataloader = dict(dataset=dict(**dataset, ann_file="annotations/cofw_test.json"))
test_dataloader = val_dataloader
