"""FCOS on COCO at one of two scales, as in mmdet 3."""

_base_ = ["../fcos_hrnetv2p.py", "../coco_ms-640-800.py", "bgr.py"]

model = dict(data_preprocessor=_base_.bgr, backbone=dict(norm_eval=True))
train_dataloader = dict(batch_size=4)
