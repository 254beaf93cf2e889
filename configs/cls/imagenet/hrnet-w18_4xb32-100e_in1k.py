"""HRNet-W18 on ImageNet, with the official recipe (HRNet-Image-Classification).

Reproduces: top-1 76.8 %, top-5 93.4 % on val (its README; 76.9 and 93.5 in Wang et al. 2020).
Command:    bash tools/dist_train.sh configs/cls/imagenet/hrnet-w18_4xb32-100e_in1k.py 4
"""

_base_ = [
    "../../_base_/cls/runtime.py",
    "../../_base_/widths/w18.py",
    "../../_base_/cls/hrnet.py",
    "../../_base_/cls/imagenet_224.py",
]

data_preprocessor = dict(num_classes=1000)
model = dict(
    backbone=dict(arch=_base_.trunk.arch),
    neck=[
        dict(type="HRNetClsNeck", in_channels=_base_.channels),
        dict(type="GlobalAveragePooling"),
    ],
    head=dict(num_classes=1000, topk=(1, 5)),
)

train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
)
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=100, milestones=[30, 60, 90], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=128)
default_hooks = dict(checkpoint=dict(interval=1, save_best="accuracy/top1", rule="greater"))
