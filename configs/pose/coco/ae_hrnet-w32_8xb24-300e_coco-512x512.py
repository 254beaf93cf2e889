"""Associative embedding on HRNet-W32, COCO at 512×512, as in mmpose; to test only.

Reproduces: AP 65.6, AP50 86.4, AP75 71.9, AR 71.1 on val2017 (mmpose 1.3.2,
            associative_embedding/coco/hrnet_coco.yml).
Batch:      8 GPUs × 24
Command:    python tools/test.py \
            configs/pose/coco/ae_hrnet-w32_8xb24-300e_coco-512x512.py CHECKPOINT

It cannot be trained: mmpose 1.3.2 has no pipeline for it, PackPoseInputs leaves out the
`keypoint_indices` that its head's loss asks for, and KeypointMSELoss takes no weights for each
person of an image. The batch is what the published weights were trained with.
"""

_base_ = [
    "../../_base_/pose/runtime.py",
    "../../_base_/pose/coco/associative_embedding.py",
    "../../_base_/pose/w32.py",
]

model = dict(backbone=_base_.trunk, head=dict(in_channels=_base_.channels[0]))
