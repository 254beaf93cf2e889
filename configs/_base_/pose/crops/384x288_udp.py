"""As 384x288, with lengths from the centre of the first pixel to that of the last, as in UDP."""

_base_ = ["384x288.py"]

codec = dict(_base_.codec, type="UDPHeatmap")
crop = dict(_base_.targets[0], use_udp=True)
targets = [crop, dict(type="GenerateTarget", encoder=codec), _base_.targets[2]]
inputs = [*_base_.inputs[:2], crop, _base_.inputs[3]]
