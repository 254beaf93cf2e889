"""HRNet-OCR: all maps in one, rough labels from them, then each cell by its objects' context.

Yuan et al. 2020 (arXiv 1909.11065). A leaf sets the width (`backbone.arch`), its channels
(`neck.in_channels`, and their sum in both heads' `in_channels` and the first one's `channels`) and
both heads' `num_classes`.
"""

_base_ = ["hrnetv2.py"]

model = dict(
    type="CascadeEncoderDecoder",
    num_stages=2,
    neck=dict(with_conv=False),
    decode_head=[
        dict(
            type="FCNHead",
            in_index=0,
            num_convs=1,
            kernel_size=1,
            concat_input=False,
            dropout_ratio=0,
            norm_cfg=dict(type="BN"),
            align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=0.4, avg_non_ignore=True),
        ),
        dict(
            type="OCRHead",
            in_index=0,
            channels=512,
            ocr_channels=256,
            dropout_ratio=0.05,
            norm_cfg=dict(type="BN"),
            align_corners=False,
            loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
        ),
    ],
)
