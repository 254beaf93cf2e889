"""What every mmdet run has."""

_base_ = ["../runtime.py"]

default_scope = "mmdet"
default_hooks = dict(visualization=dict(type="DetVisualizationHook", draw=False))
visualizer = dict(type="DetLocalVisualizer", vis_backends=[dict(type="LocalVisBackend")])
