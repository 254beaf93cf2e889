"""HRNet with the 1000 classes of ImageNet; a leaf states the width."""

_base_ = "hrnet.py"

data_preprocessor = dict(num_classes=1000)
model = dict(head=dict(num_classes=1000, topk=(1, 5)))
