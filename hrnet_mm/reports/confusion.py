"""Which classes are taken for which others: a confusion matrix as a picture and as tables."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from hrnet_mm.whole_file import whole_file

MOST_VALUES = 20  # classes, up to which numbers are written into the picture
MOST_NAMES = 100  # classes, up to which the picture names them
HEADINGS = ("true class", "predicted as", "number", "share of the class")


def write_matrix(matrix: np.ndarray, names: Sequence[str], file: Path) -> None:
    """Write the numbers as CSV: a row for each true class, a column for each predicted one."""
    with whole_file(file) as unfinished, unfinished.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["true \\ predicted", *names])
        writer.writerows([name, *row] for name, row in zip(names, matrix.tolist(), strict=True))


def plot_matrix(matrix: np.ndarray, names: Sequence[str], file: Path) -> None:
    """Draw the share of each true class that was predicted as each class."""
    side = np.clip(3 + 0.4 * len(names), 5, 24)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    axis = figure.subplots()
    shares = _shares(matrix)
    drawn = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(drawn, ax=axis, label="share of the true class", shrink=0.8)
    axis.set(xlabel="predicted", ylabel="true")
    if len(names) <= MOST_NAMES:
        places = np.arange(len(names))
        axis.set_xticks(places, labels=names, rotation=90, parse_math=False)
        axis.set_yticks(places, labels=names, parse_math=False)
    if len(names) <= MOST_VALUES:
        for (row, column), share in np.ndenumerate(shares):
            if share > 0:
                colour = "white" if share > 0.5 else "black"
                text = f"{share:.2f}"
                axis.text(column, row, text, color=colour, ha="center", va="center", fontsize=8)
    with whole_file(file) as unfinished:
        figure.savefig(unfinished, dpi=100)


def confusion_rows(
    matrix: np.ndarray, names: Sequence[str], *, number: int
) -> list[tuple[str, ...]]:
    """Return the cells of a table with `HEADINGS`: the most frequent confusions."""
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    shares = _shares(matrix)
    order = np.argsort(-wrong, axis=None, kind="stable")[:number]
    places = [divmod(int(place), len(names)) for place in order.tolist()]
    return [
        (names[row], names[column], str(wrong[row, column]), f"{shares[row, column]:.3f}")
        for row, column in places
        if wrong[row, column]
    ]


def _shares(matrix: np.ndarray) -> np.ndarray:
    return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
