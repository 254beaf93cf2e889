"""HRNetV2-W18 with DARK on WFLW at 256×256, with the recipe of mmpose.

Reproduces: NME 3.98, NME pose 6.98, NME illumination 3.96, NME occlusion 4.78, NME blur 4.56, NME
            makeup 3.89, NME expression 4.29 on test (mmpose 1.3.2, hrnetv2_dark_wflw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/wflw/td-hm_hrnetv2-w18_dark-8xb64-60e_wflw-256x256.py 8
"""

_base_ = ["../../_base_/pose/faces/mmpose_dark.py", "../../_base_/pose/faces/wflw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))
