"""The demo's recipe for label maps, for 30 epochs.

Expected: a higher mIoU than the demo's (not measured).
Command:  python tools/train.py configs/toy/seg_hrnetv2-w18-small-v1_30e_toy-112x112.py
"""

_base_ = "./seg_hrnetv2-w18-small-v1_toy-112x112.py"

train_cfg = dict(max_epochs=30, val_interval=10)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=120, start_factor=0.01, by_epoch=False),
    dict(
        type="CosineAnnealingLR",
        begin=1,
        T_max=29,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
