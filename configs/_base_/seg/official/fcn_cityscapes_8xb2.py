"""HRNetV2 on Cityscapes, branch HRNet-OCR, in batches of 16: 484 epochs of ⌊⌈2975 / 8⌉ / 2⌋ = 186.

90,024 in all. The yaml is one of those for trunks that PaddleClas pretrained.
"""

_base_ = ["fcn_ocr-branch.py", "cityscapes.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=19, loss_decode=dict(class_weight=_base_.class_weight)),
)
train_dataloader = dict(batch_size=2)

_iterations = 484 * 186
train_cfg = dict(max_iters=_iterations)
param_scheduler = [dict(_base_.poly, end=_iterations)]
auto_scale_lr = dict(base_batch_size=16)
