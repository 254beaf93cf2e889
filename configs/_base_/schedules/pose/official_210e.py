"""The official schedule of pose: 210 epochs, 4 GPUs × 32 (experiments/*/hrnet/*.yaml)."""

train_cfg = dict(by_epoch=True, max_epochs=210, val_interval=10)
# No weight decay: the yaml names one that Adam never gets (lib/utils/utils.py:60-76).
optim_wrapper = dict(optimizer=dict(type="Adam", lr=1e-3))
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=210, milestones=[170, 200], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=128)
