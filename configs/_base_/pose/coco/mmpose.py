"""mmpose's recipe for COCO."""

_base_ = ["../hrnet_heatmap.py", "../schedules/mmpose_210e.py", "../topdown.py"]

model = dict(head=dict(out_channels=17))
augmentation = [
    *_base_.boxes,
    dict(type="RandomHalfBody"),
    dict(type="RandomBBoxTransform"),
]
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
