"""HRNetV2 for segmentation: all feature maps concatenated, then a linear classifier per pixel.

Wang et al. 2020 (arXiv 1908.07919). A leaf sets the width (`backbone.arch`), its channels
(`neck.in_channels`, their sum in `decode_head.in_channels` and `.channels`), classes and loss.
"""

# The official code averages a loss over labelled pixels (avg_non_ignore=True); mmseg's configs over
# all pixels, those ignored included.
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
    ),
    test_cfg=dict(mode="whole"),
)
