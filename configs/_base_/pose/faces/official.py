"""The official recipe for faces: HRNet-Facial-Landmark-Detection, experiments/*/*_hrnet_w18.yaml.

Not the same: heatmaps that a landmark left count in the loss there and not here, and what is read
off becomes a whole pixel of the image there.
"""

_base_ = ["hrnetv2_w18.py", "../schedules/official_60e.py", "../topdown.py", "../crops/256x256.py"]

norm_cfg = dict(type="BN", momentum=0.01)  # lib/models/hrnet.py:21
codec = dict(_base_.codec, type="hrnet_mm.FlooredHeatmap", sigma=1.5)  # SIGMA of the yaml
model = dict(
    backbone=dict(norm_cfg=norm_cfg),
    neck=dict(norm_cfg=norm_cfg),
    head=dict(decoder=codec),
    test_cfg=dict(flip_test=False),  # FLIP_TEST of the yaml
)
env_cfg = dict(cudnn_benchmark=True)  # CUDNN in lib/config/defaults.py; mmpose: without
augmentation = [
    *_base_.boxes,
    dict(  # lib/datasets/wflw.py, and the same in aflw.py, cofw.py and face300w.py
        type="hrnet_mm.UniformBBoxTransform",
        scale_factor=0.25,
        rotate_factor=30.0,
        rotate_prob=0.6,
    ),
]
train_pipeline = [
    *augmentation,
    _base_.targets[0],
    dict(type="GenerateTarget", encoder=codec),
    _base_.targets[2],
]
