"""MPII's 16 keypoints of a person, in the boxes that the annotations give."""

_base_ = ["../../loaders.py"]

dataset_type = "MpiiDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"
data_root = "data/mpii/"
dataset = dict(
    type=dataset_type,
    data_root=data_root,
    data_mode=data_mode,
    data_prefix=dict(img="images/"),
)
train_dataloader = dict(dataset=dict(**dataset, ann_file="annotations/mpii_train.json"))
val_dataloader = dict(
    batch_size=32,
    dataset=dict(
        **dataset,
        ann_file="annotations/mpii_val.json",
        headbox_file=data_root + "annotations/mpii_gt_val.mat",
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(type="MpiiPCKAccuracy")
test_evaluator = val_evaluator
