"""The official recipe for faces on COFW, in boxes around the landmarks (cofw.py:63-72).

mmpose's converter writes the mat file's boxes, which are 11 to 15 % larger. It also subtracts the 1
that Matlab counts from, which the official code leaves in: the official weights point one pixel to
the lower right of these annotations.
"""

_base_ = ["official.py", "cofw.py"]

_box = dict(type="hrnet_mm.LandmarkBBox")
_tested = _base_.val_dataloader.dataset.pipeline
train_pipeline = [_base_.train_pipeline[0], _box, *_base_.train_pipeline[1:]]
val_dataloader = dict(dataset=dict(pipeline=[_tested[0], _box, *_tested[1:]]))
test_dataloader = val_dataloader
