"""HRNetV2-W48 + OCR as in the official branch HRNet-OCR: all its OCR models are this wide.

Not the same: mmseg's CascadeEncoderDecoder runs the first head twice in a training step, for its
loss and for the second head, so its norm's statistics move twice.
"""

_base_ = ["../../widths/w48.py", "../hrnetv2_ocr.py"]

norm_cfg = dict(type="SyncBN")  # seg_hrnet_ocr.py of that branch: momentum 0.1
_rough, _final = _base_.model.decode_head
_shared = dict(
    norm_cfg=norm_cfg,
    align_corners=True,  # config/default.py:38
    # seg_hrnet_ocr.py:653: the heads start as PyTorch makes them.
    conv_cfg=dict(type="hrnet_mm.DefaultInitConv2d"),
    init_cfg=None,
)
model = dict(
    backbone=dict(**_base_.trunk, norm_cfg=norm_cfg, align_corners=True),
    neck=dict(in_channels=_base_.channels, align_corners=True),
    decode_head=[
        dict(_rough, **_base_.concatenated, **_shared),
        dict(_final, in_channels=sum(_base_.channels), **_shared),
    ],
)
