"""The official recipe for MPII as the fork of DARK has it: tested without a shift."""

_base_ = ["official.py"]

model = dict(test_cfg=dict(shift_heatmap=False))  # lib/core/function.py of DarkPose
