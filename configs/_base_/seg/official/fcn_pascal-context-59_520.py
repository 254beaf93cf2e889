"""HRNetV2 on PASCAL-Context in 59 classes, with the recipe of the official branch HRNet-OCR."""

_base_ = ["fcn_ocr-branch.py", "pascal-context_520.py"]

_classes = dict(dataset=dict(type="PascalContextDataset59"))
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=59),
    test_cfg=_base_.windows,
)
train_dataloader = _classes
val_dataloader = _classes
test_dataloader = _classes
