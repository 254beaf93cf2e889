"""The demo's recipe for boxes, for 8 epochs.

Expected: a higher box AP50 than the demo's (not measured).
Command:  python tools/train.py configs/toy/det_faster-rcnn-hrnetv2p-w18-small-v1_8e_toy-192x256.py
"""

_base_ = "./det_faster-rcnn-hrnetv2p-w18-small-v1_toy-192x256.py"

train_cfg = dict(max_epochs=8, val_interval=2)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=60, start_factor=0.01, by_epoch=False),
    dict(
        type="CosineAnnealingLR",
        begin=1,
        T_max=7,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
