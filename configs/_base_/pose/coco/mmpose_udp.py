"""mmpose's recipe for COCO with UDP: a flipped image's heatmaps lie where the others do."""

_base_ = ["mmpose.py"]

model = dict(test_cfg=dict(shift_heatmap=False))
