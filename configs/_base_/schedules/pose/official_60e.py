"""The official schedule of face landmarks: 60 epochs, 1 GPU × 16 (experiments/*/*.yaml)."""

train_cfg = dict(by_epoch=True, max_epochs=60, val_interval=1)
optim_wrapper = dict(optimizer=dict(type="Adam", lr=1e-4))
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=60, milestones=[30, 50], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=16)
