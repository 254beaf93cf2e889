"""HRNet with the 1000 classes of ImageNet; a leaf sets the width and says how it is trained."""

_base_ = ["runtime.py", "hrnet.py", "imagenet_224.py"]

data_preprocessor = dict(num_classes=1000)
model = dict(head=dict(num_classes=1000, topk=(1, 5)))
train_cfg = dict(by_epoch=True, max_epochs=100, val_interval=1)
auto_scale_lr = dict(base_batch_size=128)
default_hooks = dict(checkpoint=dict(interval=1, save_best="accuracy/top1", rule="greater"))
