"""What every mmpose run has."""

_base_ = ["../runtime.py"]

default_scope = "mmpose"
default_hooks = dict(visualization=dict(type="PoseVisualizationHook", enable=False))
# Without a name, so that each run of a process gets its own.
visualizer = dict(type="PoseLocalVisualizer", vis_backends=[dict(type="LocalVisBackend")])
backend_args = dict(backend="local")
