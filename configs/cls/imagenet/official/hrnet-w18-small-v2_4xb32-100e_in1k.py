"""HRNet-W18-Small-v2 on ImageNet, with the official recipe.

Reproduces: top-1 75.1, top-5 92.4 on val (README of HRNet-Image-Classification).
Batch:      4 GPUs × 32
Command:    bash tools/dist_train.sh \
            configs/cls/imagenet/official/hrnet-w18-small-v2_4xb32-100e_in1k.py 4
"""

_base_ = [
    "../../../_base_/models/cls/hrnet_imagenet.py",
    "../../../_base_/datasets/cls/imagenet_224.py",
    "../../../_base_/schedules/cls/imagenet_official.py",
    "../../../_base_/cls/default_runtime.py",
]

model = dict(
    backbone=dict(arch="w18_small_v2"),
    neck=[
        dict(type="HRNetClsNeck", in_channels=(18, 36, 72, 144)),
        dict(type="GlobalAveragePooling"),
    ],
)
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml
