"""HRNet-W32 on COCO, with the recipe of mmpose's config of this name.

Reproduces: AP 0.746, AR 0.799 on val2017 with detector boxes (mmpose 1.3.2, hrnet_coco.yml).
Command:    bash tools/dist_train.sh configs/pose/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py 8
"""

_base_ = [
    "../../_base_/pose/runtime.py",
    "../../_base_/pose/hrnet_heatmap.py",
    "../../_base_/pose/coco_256x192.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(
            type="Pretrained",
            checkpoint="https://download.openmmlab.com/mmpose/"
            "pretrain_models/hrnet_w32-36af842e.pth",
        ),
    ),
    head=dict(in_channels=32, out_channels=17, decoder=_base_.codec),
)

train_cfg = dict(by_epoch=True, max_epochs=210, val_interval=10)
optim_wrapper = dict(optimizer=dict(type="Adam", lr=5e-4))
param_scheduler = [
    dict(type="LinearLR", begin=0, end=500, start_factor=0.001, by_epoch=False),
    dict(type="MultiStepLR", begin=0, end=210, milestones=[170, 200], gamma=0.1, by_epoch=True),
]
auto_scale_lr = dict(base_batch_size=512)
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
