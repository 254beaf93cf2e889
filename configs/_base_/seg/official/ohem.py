"""Training on the pixels that are hard: of probability below 0.9, 131,072 of a GPU at least."""

hard_pixels = dict(
    type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072
)  # yaml LOSS; criterion.py:34-89
