"""The official schedule: the learning rate falls polynomially to zero, at every iteration.

A recipe sets iterations, rate, decay and batch (HRNet-Semantic-Segmentation, utils.py:132-138). Its
iterations are its epochs times the whole batches of one, on each GPU's share of the images.
"""

_base_ = ["../iterations.py"]

poly = dict(type="PolyLR", power=0.9, eta_min=0, begin=0, by_epoch=False)
