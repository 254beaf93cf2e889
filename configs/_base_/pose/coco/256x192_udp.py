"""COCO in crops/256x192_udp.py."""

_base_ = ["person_keypoints.py", "../crops/256x192_udp.py"]

val_dataloader = dict(dataset=dict(pipeline=_base_.inputs))
test_dataloader = val_dataloader
