"""mmpose's recipe for face landmarks with narrower peaks."""

_base_ = ["mmpose.py"]

codec = dict(_base_.codec, sigma=1.5)
model = dict(head=dict(decoder=codec))
train_pipeline = [
    *_base_.train_pipeline[:-2],
    dict(type="GenerateTarget", encoder=codec),
    _base_.train_pipeline[-1],
]
