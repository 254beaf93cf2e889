"""The models of the zoo by name: their configs, public weights and published figures."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hrnet_mm.checkpoint.download import fetch
from hrnet_mm.errors import UserError
from hrnet_mm.shipped import SHIPPED
from hrnet_mm.tables import print_table, terminal_table

TASKS = {  # the short names, by those in the metafiles
    "Body 2D Keypoint": "pose",
    "Facial Landmark Detection": "pose",
    "Semantic Segmentation": "seg",
    "Object Detection": "det",
    "Image Classification": "cls",
}
HEADINGS = ("name", "task", "data", "published", "weights")


@dataclass(frozen=True, kw_only=True)
class ZooModel:
    """A config of this package, with its first published result.

    Attributes:
        name: That of the config file, without its suffix.
        config: The config file.
        task: One of the values of `TASKS`.
        dataset: The data and the split of the result, as in "COCO val2017".
        metrics: The figures of the result, in percent, but for errors in pixels.
        weights: The address of the toolbox's own trained weights; None if there are none.
    """

    name: str
    config: Path
    task: str
    dataset: str
    metrics: Mapping[str, float]
    weights: str | None = None


def zoo_models(task: str | None = None) -> list[ZooModel]:
    """Return all models, or those of a task.

    Raises:
        UserError: The task is none of the values of `TASKS`.
    """
    models = list(_models().values())
    if task is None:
        return models
    tasks = list(dict.fromkeys(TASKS.values()))
    if task not in tasks:
        raise UserError(f"task {task!r}: choose from {', '.join(tasks)}")
    return [model for model in models if model.task == task]


def find_model(name: str, *, task: str | None = None) -> ZooModel:
    """Return the model of a name; the task is that of the names which an error offers.

    Raises:
        UserError: There is none; the message has the three nearest names.
    """
    models = _models()
    if name not in models:
        near = nearest_names(name, task=task)
        raise UserError(f"there is no model {name}; the nearest names: {near}")
    return models[name]


def nearest_names(name: str, *, with_weights: bool = False, task: str | None = None) -> str:
    """List the three names most like a text, of all models, those with weights or of a task."""
    names = [model.name for model in zoo_models(task) if model.weights or not with_weights]
    return ", ".join(difflib.get_close_matches(name, names, n=3, cutoff=0))


def public_weights(config: str) -> Path:
    """Return the file of the public weights of a named model, fetched if it is not here yet.

    Args:
        config: What the user gave for a config: a name of the zoo; or a path, which has none.

    Raises:
        UserError: It is a path, or the model has no public weights.
        CheckpointError: The weights cannot be fetched.
    """
    if Path(config).is_file():
        raise UserError(
            f"{config} is a config file: give a checkpoint too, or in its place the name of a "
            "model that has public weights"
        )
    weights = find_model(config).weights
    if weights is None:
        raise UserError(
            f"there are no public weights of {config}: give a checkpoint. The nearest names with "
            f"weights: {nearest_names(config, with_weights=True)}"
        )
    return fetch(weights)


def print_models(task: str | None = None) -> None:
    """Print a table of the models, or of those of a task.

    Raises:
        UserError: The task is none of the values of `TASKS`.
    """
    print_table(terminal_table(HEADINGS, map(_row, zoo_models(task))), min_width=160)


def _row(model: ZooModel) -> list[str]:
    first = [f"{metric} {value:g}" for metric, value in model.metrics.items()][:1]
    return [model.name, model.task, model.dataset, *(first or [""]), "yes" if model.weights else ""]


@cache
def _models() -> dict[str, ZooModel]:
    """Read the metafiles; they have an entry for each config that is run."""
    index = yaml.safe_load((SHIPPED / "model-index.yml").read_text())
    entries = (
        entry
        for metafile in index["Import"]
        for entry in yaml.safe_load((SHIPPED / metafile).read_text())["Models"]
    )
    return {entry["Name"]: _model(entry) for entry in entries}


def _model(entry: Mapping[str, Any]) -> ZooModel:
    result = entry["Results"][0]
    return ZooModel(
        name=entry["Name"],
        config=SHIPPED / entry["Config"],
        task=TASKS[result["Task"]],
        dataset=result["Dataset"],
        metrics=result["Metrics"],
        weights=entry.get("Weights"),
    )
