"""Testing on several views of an image, each also mirrored; a recipe sets their scales.

mmseg averages the probabilities of all views. The official code (base_dataset.py:204-284) averages
the scores of an image and its mirror image, and sums their exponentials over the scales.
"""

tta_model = dict(type="SegTTAModel")
views = [
    [dict(type="RandomFlip", prob=0.0), dict(type="RandomFlip", prob=1.0)],
    [dict(type="LoadAnnotations")],
    [dict(type="PackSegInputs")],
]
