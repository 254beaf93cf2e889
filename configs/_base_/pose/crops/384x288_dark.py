"""As 384x288, with targets around the keypoint itself, and a maximum found as in DARK."""

_base_ = ["384x288.py"]

# The blur's kernel is 11 at each size, as in DARK's fork (BLUR_KERNEL) and by default in mmpose.
codec = dict(_base_.codec, unbiased=True)
targets = [_base_.targets[0], dict(type="GenerateTarget", encoder=codec), _base_.targets[2]]
