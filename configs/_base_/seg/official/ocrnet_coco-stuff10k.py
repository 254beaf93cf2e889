"""HRNetV2-W48 + OCR on COCO-Stuff 10k with the official recipe; the first head takes all pixels."""

_base_ = ["ocrnet_w48.py", "coco-stuff10k.py"]

_rough, _final = _base_.model.decode_head
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=[
        dict(_rough, num_classes=171, loss_decode=dict(_rough.loss_decode, **_base_.all_pixels)),
        dict(_final, num_classes=171, loss_decode=_base_.hard_pixels),  # criterion.py:98-99
    ],
    test_cfg=_base_.windows,
)
