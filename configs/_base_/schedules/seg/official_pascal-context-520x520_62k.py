"""Schedule of the official branch HRNet-OCR on PASCAL-Context.

200 epochs of ⌊4998 / 16⌋ = 312 batches.
"""

train_cfg = dict(by_epoch=False, max_iters=62_400, val_interval=10_000)
optim_wrapper = dict(
    optimizer=dict(type="SGD", lr=0.001, momentum=0.9, weight_decay=1e-4),
    # yaml NONBACKBONE_KEYWORDS and NONBACKBONE_MULT
    paramwise_cfg=dict(
        custom_keys=dict(neck=dict(lr_mult=10), decode_head=dict(lr_mult=10)),
    ),
)
# To zero, at every iteration: utils.py:132-138 of HRNet-Semantic-Segmentation.
param_scheduler = [
    dict(type="PolyLR", power=0.9, eta_min=0, begin=0, end=62_400, by_epoch=False),
]
default_hooks = dict(
    timer=dict(type="IterTimerHook"),
    logger=dict(type="LoggerHook", interval=50),
    param_scheduler=dict(type="ParamSchedulerHook"),
    checkpoint=dict(
        type="CheckpointHook",
        by_epoch=False,
        interval=10_000,
        save_best="mIoU",
        rule="greater",
    ),
    sampler_seed=dict(type="DistSamplerSeedHook"),
    visualization=dict(type="SegVisualizationHook", draw=False),
)
