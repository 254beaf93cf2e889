"""HRNetV2-W18 with the adaptive wing loss on WFLW at 256×256, with the recipe of mmpose.

Reproduces: NME 4.02, NME pose 6.94, NME illumination 3.97, NME occlusion 4.78, NME blur 4.59, NME
            makeup 3.87, NME expression 4.28 on test (mmpose 1.3.2, hrnetv2_awing_wflw.yml).
Batch:      8 GPUs × 64
Command:    bash tools/dist_train.sh \
            configs/pose/wflw/td-hm_hrnetv2-w18_awing-8xb64-60e_wflw-256x256.py 8
"""

_base_ = ["../../_base_/pose/faces/wflw.py", "../../_base_/pose/faces/mmpose.py"]

model = dict(head=dict(out_channels=_base_.landmarks, loss=dict(type="AdaptiveWingLoss")))
train_dataloader = dict(batch_size=64, dataset=dict(pipeline=_base_.train_pipeline))
