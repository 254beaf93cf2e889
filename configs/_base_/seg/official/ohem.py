"""Training on the pixels that are hard: of probability below 0.9, 131,072 of a GPU at least."""

hard_pixels = dict(
    type="OhemCrossEntropyLoss", thresh=0.9, min_kept=131_072
)  # yaml LOSS; criterion.py:34-89
# Its criterion keeps the loss of each pixel, so that of a first head is averaged over all of them,
# ignored ones with loss 0 (criterion.py:58-67, 98-103 of branch HRNet-OCR).
all_pixels = dict(avg_non_ignore=False)
