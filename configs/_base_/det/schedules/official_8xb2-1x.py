"""The official schedule of 12 epochs for 16 images: the configs with SyncBN have twice the rate."""

_base_ = ["official_1x.py"]

optim_wrapper = dict(optimizer=dict(lr=0.02))
auto_scale_lr = dict(base_batch_size=16)
