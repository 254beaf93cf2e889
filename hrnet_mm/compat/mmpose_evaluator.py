"""mmpose's ``MultiDatasetEvaluator`` takes several datasets of one class.

Broken: it distinguishes datasets by the name in their class, so that of two ``CocoDataset`` the
second metric gets the samples of both, the first none, and both end in an error; the names in
``metainfo`` of the config are ignored, though the samples carry them.
Since: mmpose 1.1, up to 1.3.2.
Can go: when mmpose distinguishes datasets of one class.

Repaired: a dataset has the name in its own ``metainfo``, and those that share one are distinguished
by the folder of their images. Datasets with both in common, and metrics whose results would have
the same names, are refused when it is built.
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from hrnet_mm.errors import UserError
from hrnet_mm.post_import import Patch


def _names_by_class(module: ModuleType) -> bool:
    return "METAINFO" in module.MultiDatasetEvaluator.__init__.__code__.co_names


def _identify_datasets(module: ModuleType) -> None:
    cls = module.MultiDatasetEvaluator
    stock_process = cls.process

    def init(self: Any, metrics: Any, datasets: Sequence[Mapping[str, Any]]) -> None:
        super(cls, self).__init__(metrics)
        if len(self.metrics) != len(datasets):
            raise UserError(
                f"MultiDatasetEvaluator: {len(self.metrics)} metrics for {len(datasets)} datasets; "
                "give one for each"
            )
        _check_results_differ(self.metrics)
        metas = [_metainfo(dataset) for dataset in datasets]
        self.metrics_dict = {}
        self._folders = defaultdict(list)  # by the name of their datasets
        for metric, dataset, meta in zip(self.metrics, datasets, metas, strict=True):
            name, folder = meta["dataset_name"], _image_folder(dataset)
            if folder in self._folders[name]:
                raise UserError(
                    f"MultiDatasetEvaluator: two datasets are called {name} and have their images "
                    f"in {folder or 'the same folder'}; give them metainfo with a dataset_name of "
                    "their own, or evaluate them in two runs"
                )
            self._folders[name].append(folder)
            self.metrics_dict[_key(name, folder)] = metric
        for metric, meta in zip(self.metrics, metas, strict=True):
            # It would read the file of the dataset of that name that was built last.
            name = meta["dataset_name"]
            if len(self._folders[name]) > 1 and getattr(metric, "coco", metric) is None:
                raise UserError(
                    f"MultiDatasetEvaluator: several datasets are called {name}; "
                    f"give each {type(metric).__name__} of them its ann_file"
                )
            metric.dataset_meta = meta

    def process(self: Any, data_samples: Sequence[Any], data_batch: Any = None) -> None:
        samples = [
            dict(sample) if isinstance(sample, dict) else sample.to_dict()
            for sample in data_samples
        ]
        for sample in samples:
            name = sample.get("dataset_name", self.dataset_meta["dataset_name"])
            if name in self._folders:
                sample["dataset_name"] = _key(name, _folder_of(sample, self._folders[name]))
        stock_process(self, samples, data_batch)

    cls.__init__ = init
    cls.process = process


def _check_results_differ(metrics: Sequence[Any]) -> None:
    seen = set()
    for metric in metrics:
        kind, item = type(metric).__name__, getattr(metric, "norm_item", None)  # PCK's or NME's
        known = (kind, metric.prefix, str(item))
        if known in seen:
            raise UserError(
                f"MultiDatasetEvaluator: two {kind} give results of the same names; give each a "
                "prefix of its own, as metrics=[dict(type=..., prefix='first'), ...]"
            )
        seen.add(known)


def _metainfo(dataset: Mapping[str, Any]) -> dict[str, Any]:
    from mmpose.datasets.datasets.utils import parse_pose_metainfo
    from mmpose.registry import DATASETS

    kind = dataset["type"]
    cls: Any = DATASETS.get(kind) if isinstance(kind, str) else kind
    if cls is None:
        raise UserError(f"MultiDatasetEvaluator: mmpose has no dataset {kind}; check its spelling")
    return parse_pose_metainfo(dict(dataset.get("metainfo") or cls.METAINFO))


def _image_folder(dataset: Mapping[str, Any]) -> str:
    prefix = (dataset.get("data_prefix") or {}).get("img") or ""
    return os.path.join(dataset.get("data_root") or "", prefix).rstrip("/")


def _folder_of(sample: Mapping[str, Any], folders: Sequence[str]) -> str:
    path = sample.get("img_path") or ""
    holding = [folder for folder in folders if path.startswith(os.path.join(folder, ""))]
    if len(folders) == 1:
        return folders[0]
    if not holding:
        raise UserError(
            f"MultiDatasetEvaluator: {path or 'a sample'} is in none of "
            f"{', '.join(sorted(folders))}; give the datasets their data_root and data_prefix as "
            "in the data loader"
        )
    return max(holding, key=len)


def _key(name: str, folder: str) -> str:
    return f"{name} of {folder}"


REPAIR = Patch(
    title="mmpose's MultiDatasetEvaluator takes datasets of one class",
    waits_for="mmpose.evaluation.evaluators.mutli_dataset_evaluator",
    is_needed=_names_by_class,
    apply=_identify_datasets,
)
