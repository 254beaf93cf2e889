"""Shows what is behind the metrics of a test: the worst and best images, confusions, errors."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from hrnet_mm.apis.sample_predictions import PairDrawer
from hrnet_mm.apis.sheets import Tile, in_rows, write_sheet
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.errors import UserError
from hrnet_mm.reports import confusion, keypoints
from hrnet_mm.reports.dumps import DumpedResults
from hrnet_mm.reports.keypoints import KeypointErrors
from hrnet_mm.reports.measures import MEASURES, Measure
from hrnet_mm.tables import print_table, terminal_table
from hrnet_mm.whole_file import whole_file

COLUMNS = 4  # of the sheet
CONFUSIONS = 10  # that are printed


def analyze(cfg: Config, dump: Path, *, folder: Path, number: int) -> list[Path]:
    """Write pictures and tables of a test, and print the tables that are short.

    Args:
        cfg: The config that was tested.
        dump: What ``tools/test.py --dump`` has written.
        folder: Where to write.
        number: How many of the worst images to show, and of the best.

    Returns:
        The files that were written.

    Raises:
        UserError: The dump is none, or does not fit the config.
        FileNotFoundError: A file of the dataset is missing.
    """
    if number < 1:
        raise UserError(f"{number} images: give 1 or more")
    with damaged_images_refused():
        results = DumpedResults(cfg, dump)
        measure: Measure = MEASURES[results.task](results)
        scores = {path: measure.score(results.read(path)) for path in results.paths}
        ranked = sorted((score, path) for path, score in scores.items() if score is not None)
        if not ranked:
            raise UserError(f"nothing is annotated in the test dataset of {cfg.filename}")
        drawer = PairDrawer(task=results.task, meta=results.meta, visualizer=cfg.get("visualizer"))
        worst = _drawn(results, ranked[:number], drawer=drawer, kind="worst")
        best = _drawn(results, ranked[::-1][:number], drawer=drawer, kind="best")
    images, table = folder / "images.png", folder / "scores.csv"
    write_sheet([*in_rows(worst, columns=COLUMNS), *in_rows(best, columns=COLUMNS)], images)
    _write_rows((measure.score_name, "image"), ranked, table)
    mean = sum(score for score, _ in ranked) / len(ranked)
    print(f"{measure.score_name}: {mean:.4f} on average of {len(ranked)} images")
    write_more = _keypoint_files if isinstance(measure, KeypointErrors) else _confusion_files
    return [images, table, *write_more(measure, folder)]


def _drawn(
    results: DumpedResults, ranked: Sequence[tuple[float, str]], *, drawer: PairDrawer, kind: str
) -> list[Tile]:
    tiles = []
    for score, path in ranked:
        image = results.read(path)
        drawn = drawer.draw(path, image.truth, image.predicted)
        tiles.append(Tile(image=drawn, lines=(Path(path).name, f"{kind}: {score:.4f}")))
    return tiles


def _keypoint_files(errors: Any, folder: Path) -> list[Path]:
    picture, table = folder / "keypoints.png", folder / "keypoints.csv"
    keypoints.plot_keypoints(errors, picture)
    rows = errors.rows()
    _write_rows(keypoints.HEADINGS, rows, table)
    headings = keypoints.HEADINGS
    print_table(terminal_table(headings, rows, right_aligned=headings[1:]))
    return [picture, table]


def _confusion_files(measure: Measure, folder: Path) -> list[Path]:
    picture, table = folder / "confusion.png", folder / "confusion.csv"
    confusion.plot_matrix(measure.matrix, measure.names, picture)
    confusion.write_matrix(measure.matrix, measure.names, table)
    rows = confusion.confusion_rows(measure.matrix, measure.names, number=CONFUSIONS)
    headings = confusion.HEADINGS
    print_table(terminal_table(headings, rows, right_aligned=headings[2:]))
    return [picture, table]


def _write_rows(headings: Sequence[str], rows: Sequence[Sequence[float | str]], file: Path) -> None:
    with whole_file(file) as unfinished, unfinished.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(headings)
        writer.writerows(rows)
