"""COCO's 17 keypoints of a person; tested in the boxes of a detector."""

dataset_type = "CocoDataset"  # this and the next are what mmpose's Inferencers look for
data_mode = "topdown"

train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=True),
    dataset=dict(
        type="CocoDataset",
        data_root="data/coco/",
        data_mode="topdown",
        ann_file="annotations/person_keypoints_train2017.json",
        data_prefix=dict(img="train2017/"),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type="DefaultSampler", shuffle=False, round_up=False),
    dataset=dict(
        type="CocoDataset",
        data_root="data/coco/",
        data_mode="topdown",
        ann_file="annotations/person_keypoints_val2017.json",
        data_prefix=dict(img="val2017/"),
        # Person AP 56.4, from the authors of Simple Baselines; both papers' val figures use it.
        bbox_file="data/coco/person_detection_results/COCO_val2017_detections_AP_H_56_person.json",
        test_mode=True,
    ),
)
test_dataloader = val_dataloader
# By default as in coco.py:321-357: OKS-NMS 0.9, rescored by the keypoints of at least 0.2.
val_evaluator = dict(
    type="CocoMetric", ann_file="data/coco/annotations/person_keypoints_val2017.json"
)
test_evaluator = val_evaluator
