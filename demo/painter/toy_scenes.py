"""The dataset of toy scenes: drawn in parallel and put in place when it is complete."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2

from demo.painter.classes import THINGS
from demo.painter.scenes import SPLITS, draw_scene
from demo.painter.writers import Json, write_coco, write_scene
from hrnet_mm.errors import UserError

VERSION = 1  # of what is drawn; a dataset of another version is drawn anew
META = "meta.json"


def write_toy_scenes(
    root: Path,
    *,
    seed: int = 0,
    num_train: int = 480,
    num_val: int = 80,
    processes: int = 2,
    on_scene: Callable[[int, int], None] = lambda drawn, total: None,
) -> Path:
    """Make sure that a folder holds a complete dataset of toy scenes; see `writers` for its layout.

    A dataset that is there already is left alone, and one of another seed or size is replaced. It
    is drawn beside ``root`` and moved there when it is complete. With more than one process, a
    script that calls this needs ``if __name__ == "__main__"``.

    Args:
        root: The folder of the dataset.
        seed: Equal seeds give equal images and annotations.
        num_train: Training images.
        num_val: Validation images.
        processes: How many draw at the same time; the dataset does not depend on it.
        on_scene: Called after each scene, with the number of those drawn and of all.

    Returns:
        ``root``.
    """
    if num_train < 1 or num_val < 1:
        raise UserError(f"a dataset needs images in both splits, not {num_train} and {num_val}")
    wanted = {"version": VERSION, "seed": seed, "num_train": num_train, "num_val": num_val}
    present = _description(root)
    if present is not None and wanted.items() <= present.items():
        return root
    if present is None and root.exists() and any(root.iterdir()):
        raise UserError(f"{root} is no dataset of toy scenes and is not empty; it is left alone")
    root.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=root.parent, prefix=f".{root.name}-") as folder:
        new = Path(folder) / root.name
        numbers = (num_train, num_val)
        drawn = count(1)
        instances = {
            split: _write_split(
                new,
                split,
                seed=seed,
                number=number,
                processes=processes,
                on_scene=lambda: on_scene(next(drawn), sum(numbers)),
            )
            for split, number in zip(SPLITS, numbers, strict=True)
        }
        (new / META).write_text(json.dumps(wanted | {"instances": instances}, indent=2) + "\n")
        if root.exists():
            os.replace(root, Path(folder) / "replaced")
        os.replace(new, root)
    return root


def _description(root: Path) -> Json | None:
    path = root / META
    return json.loads(path.read_text()) if path.is_file() else None


def _write_split(
    root: Path,
    split: str,
    *,
    seed: int,
    number: int,
    processes: int,
    on_scene: Callable[[], None],
) -> dict[str, int]:
    draw = partial(_draw_and_write, root, seed, split)
    # Spawned, not forked: the caller may have started threads, of torch for one.
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)
    ) as executor:
        try:
            if processes == 1:
                drawn = map(draw, range(number))
            else:
                drawn = executor.map(draw, range(number), chunksize=4)
            scenes: list[list[Json]] = []
            for annotations in drawn:
                scenes.append(annotations)
                on_scene()
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise
    for category in THINGS:  # with images or not, for readers number the folders
        (root / "classification" / split / category).mkdir(parents=True, exist_ok=True)
    return dict(sorted(write_coco(root, split, scenes).items()))


def _draw_and_write(root: Path, seed: int, split: str, index: int) -> list[Json]:
    scene = draw_scene(seed=seed, split=split, index=index)
    return write_scene(root, scene, split=split, index=index)
