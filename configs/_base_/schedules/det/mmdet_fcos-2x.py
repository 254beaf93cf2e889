"""The schedule of mmdet 3 for its FCOS, 24 epochs, 16 images: other warm-up than in 12 epochs."""

train_cfg = dict(by_epoch=True, max_epochs=24, val_interval=1)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(bias_lr_mult=2.0, bias_decay_mult=0.0),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=24, milestones=[16, 22], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=16)
