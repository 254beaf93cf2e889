"""mmpretrain's recipe: cosine, without Nesterov, and a rate of 0.1 for 128 images."""

_base_ = ["imagenet.py"]

optim_wrapper = dict(optimizer=dict(type="SGD", lr=0.1, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type="CosineAnnealingLR", begin=0, end=100, T_max=100, by_epoch=True)]
