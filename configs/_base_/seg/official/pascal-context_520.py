"""PASCAL-Context as in the official branch HRNet-OCR: 200 epochs of ⌊4998 / 16⌋ = 312 batches.

62,400 in all. There the background of 59 classes becomes label 255, which its yaml does not ignore
(pascal_ctx.py); here it is ignored, as in branch master. Nor does the padding of a crop count here,
which is class 0 there: the -1 that its labels get is no uint8.
"""

_base_ = ["schedule.py", "../datasets/pascal-context.py", "crops_520.py"]

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

_iterations = 200 * 312
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
_new = dict(lr_mult=10)  # yaml NONBACKBONE_KEYWORDS and NONBACKBONE_MULT
optim_wrapper = dict(
    optimizer=dict(lr=0.001, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(neck=_new, decode_head=_new)),
)
auto_scale_lr = dict(base_batch_size=16)
