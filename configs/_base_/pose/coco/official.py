"""The official recipe for COCO: deep-high-resolution-net.pytorch, experiments/coco/hrnet."""

_base_ = ["../hrnet_heatmap.py", "../schedules/official_210e.py", "../topdown.py"]

model = dict(
    head=dict(out_channels=17, loss=dict(loss_weight=0.5)),  # lib/core/loss.py:15-39
)
augmentation = [
    *_base_.boxes,
    # JointsDataset.py:65-108: of the two halves that with more than 2 joints; the upper one of two
    # such halves where a normal variate is below 0.5, which it is with this probability.
    dict(type="RandomHalfBody", min_upper_keypoints=3, upper_prioritized_prob=0.691),
    dict(
        type="hrnet_mm.ClippedBBoxTransform",
        scale_factor=0.35,
        rotate_factor=45.0,
        rotate_prob=0.6,
    ),
]
env_cfg = dict(cudnn_benchmark=True)  # CUDNN of the yaml; mmpose: without
default_hooks = dict(checkpoint=dict(save_best="coco/AP", rule="greater"))
