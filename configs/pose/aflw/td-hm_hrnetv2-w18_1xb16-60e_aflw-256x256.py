"""HRNetV2-W18 on AFLW at 256×256, with the official recipe.

Reproduces: NME 1.57, NME frontal 1.46 on test: all of it, and the frontal part (README of
            HRNet-Facial-Landmark-Detection; Wang et al. 2020, section 7).
Batch:      1 GPU × 16
Command:    python tools/train.py configs/pose/aflw/td-hm_hrnetv2-w18_1xb16-60e_aflw-256x256.py
"""

_base_ = ["../../_base_/pose/faces/official.py", "../../_base_/pose/faces/aflw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=_base_.train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=2e-4))  # LR of the yaml, twice that of the other sets
