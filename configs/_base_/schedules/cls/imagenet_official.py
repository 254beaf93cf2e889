"""The official schedule: HRNet-Image-Classification, experiments/cls_hrnet_*.yaml.

The paper writes a learning rate of 0.1 for 256 images, which is the same for each image.
"""

optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
)
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=100, milestones=[30, 60, 90], gamma=0.1, by_epoch=True),
]
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
auto_scale_lr = dict(base_batch_size=128)
