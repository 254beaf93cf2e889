"""COCO in crops/384x288.py."""

_base_ = ["person_keypoints.py", "../crops/384x288.py"]

val_dataloader = dict(dataset=dict(pipeline=_base_.inputs))
test_dataloader = val_dataloader
