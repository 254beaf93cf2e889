"""The official recipe for faces with narrower peaks: 300W's."""

_base_ = ["official.py"]

codec = dict(_base_.codec, sigma=1.0)  # SIGMA of the yaml
model = dict(head=dict(decoder=codec))
train_pipeline = [
    *_base_.train_pipeline[:-2],
    dict(type="GenerateTarget", encoder=codec),
    _base_.train_pipeline[-1],
]
