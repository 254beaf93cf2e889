"""What every mmseg run has."""

_base_ = ["../runtime.py"]

default_scope = "mmseg"
default_hooks = dict(visualization=dict(type="SegVisualizationHook", draw=False))
visualizer = dict(type="SegLocalVisualizer", vis_backends=[dict(type="LocalVisBackend")])
