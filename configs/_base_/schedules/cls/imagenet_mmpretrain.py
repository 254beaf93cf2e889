"""mmpretrain's schedule: cosine, without Nesterov, and a learning rate of 0.1 for 128 images."""

optim_wrapper = dict(optimizer=dict(type="SGD", lr=0.1, momentum=0.9, weight_decay=1e-4))
param_scheduler = [dict(type="CosineAnnealingLR", begin=0, end=100, T_max=100, by_epoch=True)]
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
auto_scale_lr = dict(base_batch_size=128)
