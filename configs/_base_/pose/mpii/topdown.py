"""How top-down pose begins on MPII, whose annotations count pixels from 1, as Matlab does.

mmpose 1.3.2 converts the boxes only, and its metric adds 1 to what is predicted: without the step
here a net learns to point one pixel to the lower right. mmpose 0.x, which trained the weights of
mmpose's figures, and the official code (mpii.py:71) convert the joints too. Tests need no such
step: the metric compares with the joints as they are annotated.
"""

_base_ = ["../topdown.py"]

boxes = [_base_.boxes[0], dict(type="hrnet_mm.ZeroBasedKeypoints"), *_base_.boxes[1:]]
