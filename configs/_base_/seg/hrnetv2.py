"""HRNetV2 for segmentation: all maps in one, then a linear classifier for each cell.

A leaf sets the width (`backbone.arch`), its channels (`neck.in_channels`, and their sum in
`decode_head.in_channels` and `.channels`) and `decode_head.num_classes`.
"""

model = dict(
    type="EncoderDecoder",
    data_preprocessor=dict(
        type="SegDataPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(type="HRNetBackbone", upsample="bilinear"),
    neck=dict(type="HRNetV2"),
    decode_head=dict(
        type="FCNHead",
        in_index=0,
        num_convs=0,
        concat_input=False,
        dropout_ratio=0,
        align_corners=False,
        # The mean over labelled cells, as in the official code; mmseg's default counts all.
        loss_decode=dict(type="CrossEntropyLoss", loss_weight=1.0, avg_non_ignore=True),
    ),
    test_cfg=dict(mode="whole"),
)
