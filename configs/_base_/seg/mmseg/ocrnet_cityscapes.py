"""HRNetV2 + OCR on Cityscapes with mmseg's recipe."""

_base_ = ["ocrnet.py", "cityscapes.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=[dict(head, num_classes=19) for head in _base_.model.decode_head],
)
