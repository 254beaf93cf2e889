"""HRNetV2-W18 on AFLW at 256×256, with the recipe of mmpose.

Reproduces: NME 1.41, NME frontal 1.27 on test: all of it, and the frontal part (mmpose 1.3.2,
            hrnetv2_aflw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh configs/pose/aflw/td-hm_hrnetv2-w18_8xb64-60e_aflw-256x256.py 8
"""

_base_ = ["../../_base_/pose/faces/mmpose.py", "../../_base_/pose/faces/aflw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))
