"""ADE20K as in the official branch HRNet-OCR: 120 epochs of ⌊20,210 / 16⌋ = 1263 batches.

151,560 in all.
"""

_base_ = ["schedule.py", "../datasets/ade20k.py", "crops_520.py", "ohem.py"]

train_dataloader = dict(
    batch_size=4,
    sampler=dict(type="InfiniteSampler"),
    dataset=dict(**_base_.dataset, **_base_.train_split, pipeline=_base_.train_pipeline),
)
test_pipeline = _base_.photograph_pipeline
val_dataloader = dict(
    batch_size=1, dataset=dict(**_base_.dataset, **_base_.val_split, pipeline=test_pipeline)
)
test_dataloader = val_dataloader

_iterations = 120 * 1263
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
optim_wrapper = dict(optimizer=dict(lr=0.02, weight_decay=1e-4))
auto_scale_lr = dict(base_batch_size=16)
