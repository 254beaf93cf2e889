"""HRNet-W32 on COCO, with the official recipe (leoxiaobin, w32_256x192_adam_lr1e-3.yaml).

Reproduces: AP 0.744, AR 0.798 on val2017 with detector boxes (Sun et al. 2019, table 1).
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w32_4xb32-210e_coco-256x192.py 4

It is here beside mmpose's own recipe (…_8xb64-210e_…) because both figures are published and they
come from different settings. Here: batch 128 instead of 512, lr 1e-3 without warm-up instead of
5e-4 with, scale ±0.35 and rotation within ±90° instead of ±0.5 and ±80°, no shift of the box, and
half of the loss. No weight decay in either: the official yaml names one that its Adam never gets.
Not the same: mmpose draws scale and angle from a normal distribution that is cut off at the limits,
the official code from a narrower one (σ 45°) that is clipped to them.
"""

_base_ = ["td-hm_hrnet-w32_8xb64-210e_coco-256x192.py"]

model = dict(head=dict(loss=dict(loss_weight=0.5)))

train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="RandomFlip", direction="horizontal"),
            # P(randn < 0.5) = 0.691 for the upper body, as the official code draws it.
            dict(type="RandomHalfBody", upper_prioritized_prob=0.691),
            dict(
                type="RandomBBoxTransform",
                shift_prob=0.0,
                scale_factor=(0.65, 1.35),
                rotate_factor=90.0,
                rotate_prob=0.6,
            ),
            dict(type="TopdownAffine", input_size=_base_.codec.input_size),
            dict(type="GenerateTarget", encoder=_base_.codec),
            dict(type="PackPoseInputs"),
        ]
    ),
)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
param_scheduler = [
    dict(type="MultiStepLR", begin=0, end=210, milestones=[170, 200], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=128)
