"""HRNetV2-W18 on WFLW at 256×256, with the official recipe.

Reproduces: NME 4.60, NME pose 7.86, NME illumination 4.57, NME occlusion 5.42, NME blur 5.36, NME
            makeup 4.26, NME expression 4.78 on test (README of HRNet-Facial-Landmark-Detection);
            NME 4.60, NME pose 7.94, NME illumination 4.55, NME occlusion 5.44, NME blur 5.42, NME
            makeup 4.29, NME expression 4.85 (Wang et al. 2020, section 7).
Batch:      1 GPU × 16
Command:    python tools/train.py configs/pose/wflw/td-hm_hrnetv2-w18_1xb16-60e_wflw-256x256.py
"""

_base_ = ["../../_base_/pose/faces/official.py", "../../_base_/pose/faces/wflw.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=_base_.train_pipeline))
