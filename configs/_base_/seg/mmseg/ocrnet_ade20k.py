"""HRNetV2 + OCR on ADE20K with mmseg's recipe."""

_base_ = ["ocrnet.py", "ade20k.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=[dict(head, num_classes=150) for head in _base_.model.decode_head],
)
