"""mmpose's recipe for MPII, with the joints where mmpose 0.x had them."""

_base_ = ["../hrnet_heatmap.py", "../schedules/mmpose_210e.py", "topdown.py"]

model = dict(head=dict(out_channels=16))
augmentation = [*_base_.boxes, dict(type="RandomBBoxTransform", shift_prob=0)]
default_hooks = dict(checkpoint=dict(save_best="PCK", rule="greater"))
