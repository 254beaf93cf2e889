"""What the configs of all tasks share: paths, classes, width and weights of the backbone."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hrnet_mm.apis.config_text import LINE_LENGTH, Code, assignment, packed_assignment
from hrnet_mm.apis.own_data.recipes import Recipe
from hrnet_mm.data.surveys.survey import Survey
from hrnet_mm.models.arch import ARCHS

Options = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How to write long lists: with all that helps to read them, or in few lines.

    Attributes:
        is_short: Whether classes have no colours, and keypoints are paired by their numbers.
        width: Characters of a line.
    """

    is_short: bool = False
    width: int = LINE_LENGTH

    def written(self, name: str, value: Any) -> str:
        """Return ``name = value`` in few lines."""
        return packed_assignment(name, value, width=self.width)


@dataclass(frozen=True, kw_only=True)
class TaskParts:
    """Parts of a config that depend on the task.

    Attributes:
        lines: Definitions that the other parts use.
        names: What these define; deleted at the end of the config.
        model: What differs from the base's.
        data: The options that all datasets have.
        train, val: Those that one dataset has alone.
        evaluator: The metric.
        best: The figure by which the best checkpoint is kept, and "greater" or "less".
        train_loader: What differs from the base's data loader for training.
        others: Further keys of the config.
    """

    lines: Sequence[str]
    names: Sequence[str]
    model: Options
    data: Options
    train: Options
    val: Options
    evaluator: Options | list[Options]
    best: tuple[str, str]
    train_loader: Options = field(default_factory=dict)
    others: Options = field(default_factory=dict)


def data_root(survey: Survey) -> Path:
    """Return the folder that everything is in."""
    subsets = (survey.train, survey.val)
    folders = [folder for s in subsets for folder in (s.images, s.masks) if folder]
    files = [s.annotations.parent for s in subsets if s.annotations]
    return Path(os.path.commonpath([*folders, *files]))


def relative(survey: Survey, path: Path | None) -> str:
    """Return a path as the config names it, from `data_root`; folders end in a slash there."""
    assert path is not None
    name = path.relative_to(data_root(survey)).as_posix()
    if path.suffix in (".json", ".txt"):
        return name
    return "" if name == "." else f"{name}/"


def classes_lines(survey: Survey, layout: Layout, *, with_palette: bool = True) -> list[str]:
    """Return the lines of the classes, and of their colours if there is room for them."""
    info: Options = dict(classes=tuple(survey.classes))
    if with_palette and not layout.is_short:
        info["palette"] = tuple(survey.palette)
    return [layout.written("metainfo", info)]


def backbone_options(recipe: Recipe) -> Options:
    """Return what the backbone has that its base has not: the width and the weights."""
    stock = recipe.cfg.model.backbone
    options: Options = {} if recipe.arch == stock.arch else dict(arch=recipe.arch)
    if recipe.backbone:
        options["init_cfg"] = dict(type="Pretrained", checkpoint=recipe.backbone)
    elif (stock.get("init_cfg") or {}).get("type") == "Pretrained":
        options["init_cfg"] = None
        if recipe.weights is None and stock.get("norm_eval"):
            options["norm_eval"] = False  # nothing has learned the statistics yet
    return options


def other_channels(recipe: Recipe) -> tuple[int, ...]:
    """Return the channels of the feature maps where they are not those of the base; else none."""
    if recipe.arch == recipe.cfg.model.backbone.arch:
        return ()
    return ARCHS[recipe.arch].stage4.out_channels


def replacing(base: Any, new: Options) -> Options:
    """Return options that leave nothing of the base's."""
    is_merged = isinstance(base, Mapping) and base.keys() - new.keys()
    return dict(_delete_=True, **new) if is_merged else new


def numbered(head: Any, place: str, changes: Mapping[str, Any]) -> Any:
    """Return what changes in a head, or in each of a list of heads, as of a cascade."""
    if not isinstance(head, (list, tuple)):
        return dict(changes)
    arguments = assignment("", dict(changes)).removeprefix(" = dict(").removesuffix(")")
    return Code(f"[dict(head, {arguments}) for head in _base_.model.{place}]")
