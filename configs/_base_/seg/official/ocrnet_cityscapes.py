"""HRNetV2-W48 + OCR on Cityscapes, with the official recipe."""

_base_ = ["ocrnet_w48.py", "cityscapes.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=[
        dict(
            head,
            num_classes=19,
            loss_decode=dict(head.loss_decode, class_weight=_base_.class_weight),
        )
        for head in _base_.model.decode_head
    ],
)
