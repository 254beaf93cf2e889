"""AdamW for trainings of minutes on a CPU. A leaf sets `max_epochs` and `param_scheduler`."""

train_cfg = dict(by_epoch=True, val_interval=2)
optim_wrapper = dict(
    optimizer=dict(type="AdamW", lr=1e-3, weight_decay=1e-4), clip_grad=dict(max_norm=35)
)
