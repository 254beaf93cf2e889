"""HRNetV2 on ADE20K with the official recipe: 12 scales, up to 1.6."""

_base_ = ["fcn_aligned.py", "ade20k.py"]

model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=150, loss_decode=dict(_base_.hard_pixels, _delete_=True)),
    test_cfg=_base_.windows,
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(step, scales=step.scales[:12]) if step.type == "RandomChoiceResize" else step
            for step in _base_.train_pipeline  # yaml SCALE_FACTOR 11; with OCR, 16
        ]
    )
)
