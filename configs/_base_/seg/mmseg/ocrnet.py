"""HRNetV2 + OCR as mmseg's configs have it: no dropout, losses averaged over all pixels."""

_base_ = ["../hrnetv2_ocr.py"]

norm_cfg = dict(type="SyncBN")
model = dict(
    backbone=dict(norm_cfg=norm_cfg),
    decode_head=[
        dict(
            head,
            norm_cfg=norm_cfg,
            dropout_ratio=0,
            loss_decode=dict(head.loss_decode, avg_non_ignore=False),
        )
        for head in _base_.model.decode_head
    ],
)
