"""HRNetV2-W18 on 300W at 256×256, with the official recipe.

Reproduces: NME 3.34, NME common 2.91, NME challenge 5.11 on the full set (README of
            HRNet-Facial-Landmark-Detection); NME 3.32, NME common 2.87, NME challenge 5.15 (Wang et
            al. 2020, section 7); NME 3.85 on test (both).
Batch:      1 GPU × 16
Command:    python tools/train.py configs/pose/300w/td-hm_hrnetv2-w18_1xb16-60e_300w-256x256.py
"""

_base_ = ["../../_base_/pose/faces/official_sigma-1.py", "../../_base_/pose/faces/300w.py"]

model = dict(head=dict(out_channels=_base_.landmarks))
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=_base_.train_pipeline))
