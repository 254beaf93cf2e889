"""The schedule of FCOS for 12 epochs, 16 images: HRNet-FCOS, and mmdet 3 for its FCOS."""

train_cfg = dict(by_epoch=True, max_epochs=12, val_interval=1)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=1e-4),
    # No HRNet-FCOS config sets how biases learn: as in mmdet's FCOS, and so is the clipping.
    paramwise_cfg=dict(bias_lr_mult=2.0, bias_decay_mult=0.0),
    clip_grad=dict(max_norm=35, norm_type=2),
)
param_scheduler = [
    dict(type="ConstantLR", begin=0, end=500, factor=1 / 3, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=12, milestones=[8, 11], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=16)
