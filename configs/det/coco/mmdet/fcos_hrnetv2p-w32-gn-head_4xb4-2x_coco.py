"""FCOS on HRNetV2p-W32, 24 epochs, with the recipe of mmdet 3.

Reproduces: box AP 40.8 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/det/coco/mmdet/fcos_hrnetv2p-w32-gn-head_4xb4-2x_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/fcos_hrnetv2p_mmdet.py",
    "../../../_base_/datasets/det/coco_detection.py",
    "../../../_base_/schedules/det/mmdet_fcos-2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w32",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w32"),
    ),
    neck=dict(in_channels=(32, 64, 128, 256)),
)
train_dataloader = dict(batch_size=4)
