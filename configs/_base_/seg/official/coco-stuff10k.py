"""COCO-Stuff 10k as in the official branch HRNet-OCR: 110 epochs of ⌊9000 / 16⌋ = 562 batches.

61,820 in all.
"""

_base_ = ["schedule.py", "../datasets/coco-stuff10k.py", "crops_520.py", "ohem.py"]

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

_iterations = 110 * 562
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
_new = dict(lr_mult=10)  # yaml NONBACKBONE_KEYWORDS and NONBACKBONE_MULT
optim_wrapper = dict(
    optimizer=dict(lr=0.001, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(neck=_new, decode_head=_new)),
)
auto_scale_lr = dict(base_batch_size=16)
