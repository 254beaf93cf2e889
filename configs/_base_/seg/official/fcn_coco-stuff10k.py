"""HRNetV2 on COCO-Stuff 10k with the official recipe."""

_base_ = ["fcn_aligned.py", "coco-stuff10k.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=171, loss_decode=dict(_base_.hard_pixels, _delete_=True)),
    test_cfg=_base_.windows,
)
