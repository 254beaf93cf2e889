"""HRNetV2-W18 on COFW at 256×256, with the recipe of mmpose.

Reproduces: NME 3.48 on test (mmpose 1.3.2, hrnetv2_cofw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh configs/pose/cofw/td-hm_hrnetv2-w18_8xb64-60e_cofw-256x256.py 8

As in mmpose, the schedule ends at epoch 50 of 60: its last step, at 55, never comes.
"""

_base_ = ["../../_base_/pose/faces/mmpose_sigma-1.5.py", "../../_base_/pose/faces/cofw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))
param_scheduler = [_base_.param_scheduler[0], dict(_base_.param_scheduler[1], end=50)]
