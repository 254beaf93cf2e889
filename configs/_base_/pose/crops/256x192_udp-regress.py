"""As 256x192_udp, with a disc and two maps of offsets for each keypoint instead of a heatmap."""

_base_ = ["256x192_udp.py"]

codec = dict(_base_.codec, heatmap_type="combined")
targets = [_base_.targets[0], dict(type="GenerateTarget", encoder=codec), _base_.targets[2]]
