"""COCO in crops/256x192_dark.py."""

_base_ = ["person_keypoints.py", "../crops/256x192_dark.py"]

val_dataloader = dict(dataset=dict(pipeline=_base_.inputs))
test_dataloader = val_dataloader
