"""HRNetV2-W48 + OCR on LIP with the official recipe."""

_base_ = ["ocrnet_w48.py", "lip.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=[dict(head, num_classes=20) for head in _base_.model.decode_head],
)
