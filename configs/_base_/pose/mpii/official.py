"""The official recipe for MPII: deep-high-resolution-net.pytorch, experiments/mpii/hrnet."""

_base_ = ["../hrnet_heatmap.py", "../schedules/official_210e.py", "topdown.py"]

model = dict(
    head=dict(out_channels=16, loss=dict(loss_weight=0.5)),  # lib/core/loss.py:15-39
)
augmentation = [
    *_base_.boxes,
    dict(
        type="hrnet_mm.ClippedBBoxTransform",
        scale_factor=0.25,
        rotate_factor=30.0,
        rotate_prob=0.6,
    ),
]
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
default_hooks = dict(checkpoint=dict(save_best="PCK", rule="greater"))
