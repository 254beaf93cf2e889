"""WFLW: 98 landmarks."""

_base_ = ["landmarks.py"]

landmarks = 98
dataset_type = "WFLWDataset"  # what mmpose's Inferencers look for
data_root = "data/wflw/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=_base_.data_mode,
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(
    dataset=dict(**dataset, ann_file="annotations/face_landmarks_wflw_train.json")
)
val_dataloader = dict(dataset=dict(**dataset, ann_file="annotations/face_landmarks_wflw_test.json"))
test_dataloader = val_dataloader
