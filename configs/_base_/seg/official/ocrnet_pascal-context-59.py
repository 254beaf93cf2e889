"""HRNetV2-W48 + OCR on PASCAL-Context in 59 classes: the background is ignored."""

_base_ = ["ocrnet_pascal-context.py"]

_classes = dict(dataset=dict(type="PascalContextDataset59"))
model = dict(decode_head=[dict(head, num_classes=59) for head in _base_.model.decode_head])
train_dataloader = _classes
val_dataloader = _classes
test_dataloader = _classes
