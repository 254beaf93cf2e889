"""COCO person keypoints at 256×192, with mmpose's augmentation and the papers' detector boxes."""

_base_ = ["../loaders.py"]

codec = dict(type="MSRAHeatmap", input_size=(192, 256), heatmap_size=(48, 64), sigma=2)

dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"
data_root = "data/coco/"
dataset = dict(type=dataset_type, data_root=data_root, data_mode=data_mode)
train_dataloader = dict(
    batch_size=64,
    dataset=dict(
        **dataset,
        ann_file="annotations/person_keypoints_train2017.json",
        data_prefix=dict(img="train2017/"),
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            dict(type="RandomHalfBody"),
            dict(type="RandomBBoxTransform"),
            dict(type="TopdownAffine", input_size=codec["input_size"]),
            dict(type="GenerateTarget", encoder=codec),
            dict(type="PackPoseInputs"),
        ],
    ),
)
val_dataloader = dict(
    batch_size=32,
    dataset=dict(
        **dataset,
        ann_file="annotations/person_keypoints_val2017.json",
        # Person AP 56.4, from the authors of Simple Baselines; both papers' val figures use it.
        bbox_file=data_root
        + "person_detection_results/COCO_val2017_detections_AP_H_56_person.json",
        data_prefix=dict(img="val2017/"),
        test_mode=True,
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="TopdownAffine", input_size=codec["input_size"]),
            dict(type="PackPoseInputs"),
        ],
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    type="CocoMetric", ann_file=data_root + "annotations/person_keypoints_val2017.json"
)
test_evaluator = val_evaluator
