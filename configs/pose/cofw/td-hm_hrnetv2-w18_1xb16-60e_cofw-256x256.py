"""HRNetV2-W18 on COFW at 256×256, with the official recipe.

Reproduces: NME 3.45, share of faces with an error above 0.1: 0.20 % on test (README of
            HRNet-Facial-Landmark-Detection; 0.19 % in Wang et al. 2020, section 7).
Batch:      1 GPU × 16
Command:    python tools/train.py configs/pose/cofw/td-hm_hrnetv2-w18_1xb16-60e_cofw-256x256.py
"""

_base_ = ["../../_base_/pose/faces/official_cofw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=_base_.train_pipeline))
