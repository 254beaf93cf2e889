"""The schedule of mmdet 3 for 24 epochs, 8 GPUs × 2: its schedules/schedule_2x.py."""

train_cfg = dict(by_epoch=True, max_epochs=24, val_interval=1)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.02, momentum=0.9, weight_decay=1e-4),
    clip_grad=None,
)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=24, milestones=[16, 22], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=16)
