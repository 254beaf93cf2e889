"""The official schedule of the cascades, 20 epochs, 4 GPUs × 2: HRNet-Object-Detection."""

train_cfg = dict(by_epoch=True, max_epochs=20, val_interval=1)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=35, norm_type=2),  # mmdet 3: none
)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=1 / 3, by_epoch=False),  # mmdet 3: 0.001
    dict(type="MultiStepLR", begin=0, end=20, milestones=[16, 19], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=8)
