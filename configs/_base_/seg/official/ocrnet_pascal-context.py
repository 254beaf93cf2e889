"""HRNetV2-W48 + OCR on PASCAL-Context in 60 classes, with the official recipe."""

_base_ = ["ocrnet_w48.py", "pascal-context_520.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=[dict(head, num_classes=60) for head in _base_.model.decode_head],
    test_cfg=_base_.windows,
)
