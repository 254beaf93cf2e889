"""AFLW: 19 landmarks; the error is in parts of the box's size."""

_base_ = ["landmarks.py"]

landmarks = 19
dataset_type = "AFLWDataset"  # what mmpose's Inferencers look for
data_root = "data/aflw/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=_base_.data_mode,
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(
    dataset=dict(**dataset, ann_file="annotations/face_landmarks_aflw_train.json")
)
val_dataloader = dict(dataset=dict(**dataset, ann_file="annotations/face_landmarks_aflw_test.json"))
test_dataloader = val_dataloader
val_evaluator = dict(norm_mode="use_norm_item", norm_item="bbox_size")
test_evaluator = val_evaluator
