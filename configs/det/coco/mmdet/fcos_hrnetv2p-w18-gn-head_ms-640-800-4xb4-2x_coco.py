"""FCOS on HRNetV2p-W18 at two scales, 24 epochs, with the recipe of mmdet 3.

Reproduces: box AP 38.3 on val2017 (mmdet 3.3.0, configs/hrnet/metafile.yml).
Batch:      4 GPUs × 4
Command:    bash tools/dist_train.sh \
            configs/det/coco/mmdet/fcos_hrnetv2p-w18-gn-head_ms-640-800-4xb4-2x_coco.py 4
"""

_base_ = [
    "../../../_base_/models/det/fcos_hrnetv2p_mmdet.py",
    "../../../_base_/datasets/det/coco_detection_ms-640-800.py",
    "../../../_base_/schedules/det/mmdet_fcos-2x.py",
    "../../../_base_/det/default_runtime.py",
]

model = dict(
    backbone=dict(
        arch="w18",
        init_cfg=dict(type="Pretrained", checkpoint="open-mmlab://msra/hrnetv2_w18"),
    ),
    neck=dict(in_channels=(18, 36, 72, 144)),
)
train_dataloader = dict(batch_size=4)
