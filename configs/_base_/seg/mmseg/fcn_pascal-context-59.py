"""HRNetV2 on PASCAL-Context in 59 classes with mmseg's recipe: the background is ignored."""

_base_ = ["fcn_pascal-context.py"]

_classes = dict(dataset=dict(type="PascalContextDataset59"))
model = dict(decode_head=dict(num_classes=59))
train_dataloader = _classes
val_dataloader = _classes
test_dataloader = _classes
