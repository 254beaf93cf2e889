"""HRNetV2-W18 on 300W at 256×256, with the recipe of mmpose.

Reproduces: NME 3.45, NME common 2.92, NME challenge 5.64 on the full set; NME 4.10 on test (mmpose
            1.3.2, hrnetv2_300w.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh configs/pose/300w/td-hm_hrnetv2-w18_8xb64-60e_300w-256x256.py 8
"""

_base_ = ["../../_base_/pose/faces/mmpose_sigma-1.5.py", "../../_base_/pose/faces/300w.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))
