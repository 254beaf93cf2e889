"""The images of a config's dataset with what is annotated in them."""

import copy
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import DATASETS, TRANSFORMS, init_default_scope

from hrnet_mm.apis.truths import truth_of
from hrnet_mm.data.dataset_rules import empty_datasets_refused
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.errors import UserError
from hrnet_mm.results import Poses, Result

# Where a pipeline has no step that reads annotations, such as one of a test.
_READERS = {
    "det": dict(type="mmdet.LoadAnnotations", with_bbox=True),
    "seg": dict(type="mmseg.LoadAnnotations"),
}


def build_dataset(cfg: Config, *, split: str) -> Any:
    """Build a dataset of a config: "train", "val" or "test".

    Raises:
        UserError: There is none, or it is empty.
    """
    loader, key = cfg.get(f"{split}_dataloader"), f"{split}_dataloader.dataset"
    if not loader:
        raise UserError(f"{cfg.filename} has no {key}")
    init_default_scope(cfg.get("default_scope") or "mmengine")
    with empty_datasets_refused(key):
        dataset: Any = DATASETS.build(loader["dataset"])
        dataset.full_init()
    return dataset


def build_annotated(cfg: Config, *, split: str, built: Any) -> Any:
    """Return a dataset of a config with its annotations.

    Args:
        cfg: The config.
        split: "val" or "test".
        built: The dataset as the config has it; if it has boxes of a detector in place of
            annotations, another one is built.
    """
    if not cfg[f"{split}_dataloader"]["dataset"].get("bbox_file"):
        return built
    cfg = copy.deepcopy(cfg)
    # Its filters are for the scores of the boxes.
    cfg[f"{split}_dataloader"]["dataset"].update(bbox_file=None, filter_cfg=None)
    return build_dataset(cfg, split=split)


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """What a sample of a dataset shows, in the pixels of its image.

    Attributes:
        truth: What is annotated.
        is_ignored: (N,) of bool, the objects that count neither way, such as crowds; empty where
            the task has none.
    """

    truth: Result
    is_ignored: np.ndarray


class AnnotatedImages:
    """The images of a dataset, each with its samples: one, or one for each person.

    Attributes:
        samples: The indices of the samples by the path of their image.
        num_classes: How many classes the dataset has; 0 for poses.
    """

    def __init__(self, dataset: Any, *, task: str) -> None:
        self._dataset = dataset
        self._reader = _annotation_reader(dataset, task=task)
        self.num_classes = 0 if task == "pose" else len(dataset.metainfo.get("classes") or ())
        self.samples = samples_by_image(dataset)

    def read(self, index: int) -> Annotated:
        """Read the annotations of a sample.

        Raises:
            UserError: It has none.
        """
        info = self._dataset.get_data_info(index)
        try:
            info = info if self._reader is None else self._reader(info)
            truth = truth_of(info, num_classes=self.num_classes)
        except KeyError:  # such as the path of the label map
            truth = None
        if truth is None:
            raise UserError(f"the dataset has no annotations of {info['img_path']}")
        ignored = np.asarray(info.get("gt_ignore_flags", ()), dtype=bool)
        return Annotated(truth=truth, is_ignored=ignored)

    def truth_of_image(self, path: str) -> Result:
        """Read all annotations of an image."""
        parts = [self.read(index).truth for index in self.samples[path]]
        return merged_poses(parts) if isinstance(parts[0], Poses) else parts[0]


def samples_by_image(dataset: Any) -> dict[str, list[int]]:
    """Return the indices of a dataset's samples by the path of their image."""
    # mmpose's own method adds all of the metainfo, which takes twice as long.
    kind = BaseDataset if isinstance(dataset, BaseDataset) else type(dataset)
    samples: dict[str, list[int]] = defaultdict(list)
    for index in range(len(dataset)):
        samples[kind.get_data_info(dataset, index)["img_path"]].append(index)
    return dict(samples)


def merged_poses(parts: Sequence[Any]) -> Poses:
    """Put the poses of an image into one result."""
    columns = {
        field.name: [getattr(part, field.name) for part in parts]
        for field in fields(Poses)
        if field.name != "category_ids"
    }
    return Poses(**{name: np.concatenate(column) for name, column in columns.items()})


def _annotation_reader(dataset: Any, *, task: str) -> Any:
    """Return the step of a dataset's pipeline that reads annotations; None where none is needed."""
    if task not in _READERS:
        return None
    loaded = LoadedData(loaders={"": SimpleNamespace(dataset=dataset)})
    for _, part in loaded.all_datasets():
        for step in getattr(getattr(part, "pipeline", None), "transforms", ()):
            if "Annotation" in type(step).__name__:
                return step
    return TRANSFORMS.build(_READERS[task])
