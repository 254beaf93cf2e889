"""The official schedule on Cityscapes: 120,000 iterations, polynomial decay to zero.

484 epochs of 247 batches of 12 (HRNet-Semantic-Segmentation, utils.py:132-138 and its yaml).
"""

_base_ = ["runtime.py"]

train_cfg = dict(by_epoch=False, max_iters=120_000, val_interval=10_000)
optim_wrapper = dict(optimizer=dict(type="SGD", lr=0.01, momentum=0.9, weight_decay=5e-4))
param_scheduler = [
    dict(type="PolyLR", power=0.9, eta_min=0, begin=0, end=120_000, by_epoch=False),
]
auto_scale_lr = dict(base_batch_size=12)
log_processor = dict(by_epoch=False)
default_hooks = dict(
    checkpoint=dict(by_epoch=False, interval=10_000, save_best="mIoU", rule="greater")
)
