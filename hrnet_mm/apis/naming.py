"""What the numbers of a model's predictions mean, by its config and checkpoint."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config
from mmengine.registry import DATASETS

from hrnet_mm.apis.forms import Naming
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.data.nodes import find_class


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a model's predictions.

    Attributes:
        task: What they are: pose, seg, det or cls.
        naming: What their numbers mean.
        meta: The toolbox's description of the data, for drawings.
        visualizer: The config's ``visualizer``; None where there is none.
        box_config: A config whose ``test_dataloader.dataset`` reads annotated boxes.
    """

    task: str
    naming: Naming
    meta: Mapping[str, Any]
    visualizer: Mapping[str, Any] | None
    box_config: Config


def naming_of(loaded: LoadedModel) -> Naming:
    """Return what the numbers of a model's predictions mean."""
    if loaded.task == "pose":
        return Naming(keypoints=loaded.classes)
    palette = loaded.meta.get("palette")
    return Naming(
        classes=loaded.classes,
        palette=[] if palette is None or isinstance(palette, str) else palette,
        reduce_zero_label=loaded.task == "seg" and _reduces_zero_label(loaded),
    )


def _reduces_zero_label(loaded: LoadedModel) -> bool:
    """Tell whether the dataset's label maps begin with a class that the model does not know."""
    if "reduce_zero_label" in loaded.meta:
        return bool(loaded.meta["reduce_zero_label"])
    dataset = loaded.cfg.test_dataloader.dataset
    if "reduce_zero_label" in dataset:
        return bool(dataset.reduce_zero_label)
    cls = find_class(DATASETS, dataset, scope=loaded.cfg.default_scope)
    options = inspect.signature(cls).parameters if cls is not None else {}
    return "reduce_zero_label" in options and bool(options["reduce_zero_label"].default)
