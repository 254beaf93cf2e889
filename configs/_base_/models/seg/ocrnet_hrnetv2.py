"""HRNetV2 + OCR: coarse labels from all feature maps, then each pixel by its objects' context.

Yuan et al. 2020 (arXiv 1909.11065). A leaf sets the width (`backbone.arch`), its channels
(`neck.in_channels`) and both heads, coarse (FCNHead) and final (OCRHead).
"""

# Unlike the official code, mmseg's CascadeEncoderDecoder runs the first head twice in a training
# step, for its loss and for the second head, so its norm's statistics move twice. mmseg's configs
# have no dropout, and average a loss over all pixels, those ignored included; the official code
# averages over labelled ones (avg_non_ignore=True).
model = dict(
    type="CascadeEncoderDecoder",
    num_stages=2,
    data_preprocessor=dict(
        type="SegDataPreProcessor",
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    # SyncBN in mmseg and in the official code: seg_hrnet_ocr.py of branch HRNet-OCR, momentum 0.1.
    backbone=dict(type="HRNetBackbone", upsample="bilinear", norm_cfg=dict(type="SyncBN")),
    neck=dict(type="HRNetV2", with_conv=False),
    test_cfg=dict(mode="whole"),
)
