"""18 epochs of AdamW, the learning rate along half a cosine after a short warm-up."""

train_cfg = dict(by_epoch=True, max_epochs=18, val_interval=3)
optim_wrapper = dict(optimizer=dict(type="AdamW", lr=2e-3, weight_decay=0.05))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=30, start_factor=0.01, by_epoch=False),
    dict(type="CosineAnnealingLR", begin=1, T_max=17, by_epoch=True, convert_to_iter_based=True),
]
