"""HRNet for classification: the ImageNet head of the paper's appendix and a linear classifier.

A leaf states the width (`backbone.arch`, the first neck's `in_channels`) and the classes.
"""

data_preprocessor = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
model = dict(
    type="ImageClassifier",
    backbone=dict(type="HRNetBackbone"),
    head=dict(
        type="LinearClsHead",
        in_channels=2048,
        loss=dict(type="CrossEntropyLoss", loss_weight=1.0),
        topk=(1,),
    ),
)
