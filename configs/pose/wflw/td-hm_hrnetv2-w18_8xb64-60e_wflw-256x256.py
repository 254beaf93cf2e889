"""HRNetV2-W18 on WFLW at 256×256, with the recipe of mmpose.

Reproduces: NME 4.06, NME pose 6.97, NME illumination 3.99, NME occlusion 4.83, NME blur 4.58, NME
            makeup 3.94, NME expression 4.33 on test (mmpose 1.3.2, hrnetv2_wflw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh configs/pose/wflw/td-hm_hrnetv2-w18_8xb64-60e_wflw-256x256.py 8
"""

_base_ = ["../../_base_/pose/faces/mmpose.py", "../../_base_/pose/faces/wflw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))
