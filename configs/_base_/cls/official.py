"""The official recipe: HRNet-Image-Classification, experiments/cls_hrnet_*.yaml.

The paper writes a rate of 0.1 for 256 images, which is the same for each image.
"""

_base_ = ["imagenet.py"]

optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
)
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=100, milestones=[30, 60, 90], gamma=0.1, by_epoch=True),
]
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpretrain: without
