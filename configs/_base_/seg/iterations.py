"""What every run has that is counted in iterations."""

_base_ = ["runtime.py"]

env_cfg = dict(cudnn_benchmark=True)  # in mmseg and in the official code
train_cfg = dict(by_epoch=False, val_interval=10_000)
optim_wrapper = dict(optimizer=dict(type="SGD", momentum=0.9))
log_processor = dict(by_epoch=False)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=10_000, save_best="mIoU", rule="greater")
)
