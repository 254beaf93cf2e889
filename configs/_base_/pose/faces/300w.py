"""300W: 68 landmarks; validated on the common and the challenging subset together."""

_base_ = ["landmarks.py"]

landmarks = 68
dataset_type = "Face300WDataset"  # what mmpose's Inferencers look for
data_root = "data/300w/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=_base_.data_mode,
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(
    dataset=dict(**dataset, ann_file="annotations/face_landmarks_300w_train.json")
)
val_dataloader = dict(
    dataset=dict(**dataset, ann_file="annotations/face_landmarks_300w_valid.json")
)
test_dataloader = val_dataloader
