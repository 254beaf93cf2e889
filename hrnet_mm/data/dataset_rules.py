"""Rules about the datasets that were built, before the first iteration."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

from mmengine.dataset import BaseDataset, DefaultSampler
from torch.utils.data import RandomSampler, SequentialSampler

from hrnet_mm.data.findings import Finding, listed
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.run_config import is_remote_reader
from hrnet_mm.errors import UserError


def empty_datasets(data: LoadedData) -> Iterator[Finding]:
    """Find datasets without a sample."""
    for key, dataset in data.datasets():
        if len(dataset) == 0:
            yield Finding(text=_no_sample(key, dataset))


@contextmanager
def empty_datasets_refused(key: str) -> Iterator[None]:
    """Refuse to build a dataset without a sample.

    Args:
        key: The config's key of the dataset, or of the dataset that wraps it.

    Raises:
        UserError: A dataset is empty; the message names the options that are the reason.
    """
    stock = BaseDataset._serialize_data

    def serialize(self: Any) -> Any:
        if not self.data_list:
            raise UserError(_no_sample(key, self))
        return stock(self)

    BaseDataset._serialize_data = serialize
    try:
        yield
    finally:
        BaseDataset._serialize_data = stock


def _no_sample(key: str, dataset: Any) -> str:
    """Describe that a dataset has no sample, with the options that are the reason."""
    bbox_file = getattr(dataset, "bbox_file", None)
    ann_file = getattr(dataset, "ann_file", None)
    suffix = getattr(dataset, "img_suffix", None)
    given = getattr(dataset, "filter_cfg", None)
    passed = f" that passes filter_cfg={given}" if given else ""
    if bbox_file:
        reason = f"{bbox_file} has no detection with category_id 1{passed}"
    elif ann_file:
        reason = f"{ann_file} lists none{passed}"
    else:
        prefix = getattr(dataset, "data_prefix", None)
        folders = prefix.values() if isinstance(prefix, Mapping) else [prefix]
        ending = f" whose name ends in img_suffix={suffix!r}" if suffix else ""
        reason = f"no image{ending} is in {listed(folder for folder in folders if folder)}"
    return f"{key} has no sample: {reason}; correct the file or the config"


def fewer_samples_than_a_batch(data: LoadedData) -> Iterator[Finding]:
    """Find a training set that is smaller than a batch, with ``drop_last``."""
    loader = data.loaders.get("train")
    batches = getattr(loader, "batch_sampler", None)
    size = getattr(batches, "batch_size", None)
    if loader is None or not size or not getattr(batches, "drop_last", False):
        return
    # Other samplers may be infinite.
    finite = isinstance(loader.sampler, (DefaultSampler, RandomSampler, SequentialSampler))
    if finite and 0 < len(loader.sampler) < size:
        yield Finding(
            text=f"train_dataloader: the {len(loader.sampler)} images of a process (of "
            f"{len(loader.dataset)}) are fewer than batch_size={size}, and drop_last=True drops "
            "the only batch: set train_dataloader.drop_last=False or a smaller batch_size"
        )


def swapped_classes(data: LoadedData) -> Iterator[Finding]:
    """Compare the classes of the splits, which are not always in the config."""
    train = data.loaders.get("train")
    for split, loader in data.loaders.items():
        if train is None or split == "train":
            continue
        trained, tested = _folders(train.dataset), _folders(loader.dataset)
        source = "folders, which are numbered by name"
        if not trained or not tested:
            trained, tested = _classes(train.dataset), _classes(loader.dataset)
            source = "metainfo.classes"
            if len(trained) != len(tested):  # models that take classes as text accept any number
                continue
        if trained != tested:
            pairs = enumerate(zip_longest(trained, tested))
            index = next(i for i, (name, other) in pairs if name != other)
            yield Finding(
                text=f"the {len(trained)} classes of train_dataloader.dataset and the "
                f"{len(tested)} of {split}_dataloader.dataset differ from class {index} on, "
                f"{listed(trained[index:])} and {listed(tested[index:])}: give both the same "
                f"{source}"
            )


def _classes(dataset: Any) -> list[str]:
    return list(getattr(dataset, "metainfo", {}).get("classes") or ())


def _folders(dataset: Any) -> list[str] | None:
    """Return the folders that mmpretrain has numbered as classes."""
    numbers = getattr(dataset, "folder_to_idx", None)
    return sorted(numbers, key=numbers.__getitem__) if isinstance(numbers, Mapping) else None


def classes_against_folders(data: LoadedData) -> Iterator[Finding]:
    """Find classes in another order than the folders that mmpretrain numbers."""
    for key, dataset in data.datasets():
        folders, classes = _folders(dataset) or [], _classes(dataset)
        # Class names such as ImageNet's are not folder names.
        for name in folders:
            if name in classes and classes.index(name) != folders.index(name):
                yield Finding(
                    text=f"{key}: folder {name!r} is class {folders.index(name)}, as folders are "
                    f"numbered by name, but classes has it as {classes.index(name)}: set "
                    f"classes={folders}"
                )
                break


def folders_of_other_names(data: LoadedData) -> Iterator[Finding]:
    """Find folders that no class is called like, where others are."""
    for key, dataset in data.datasets():
        classes = {_letters(name) for name in _classes(dataset)}
        folders = _folders(dataset) or []
        unknown = [name for name in folders if _letters(name) not in classes]
        if 0 < len(unknown) < len(folders):
            yield Finding(
                text=f"{key}: no class is called like the folder {listed(unknown)}, but its images "
                f"would be of class {_classes(dataset)[folders.index(unknown[0])]!r}: rename the "
                "folder, or the class"
            )


def _letters(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def shared_images(data: LoadedData) -> Iterator[Finding]:
    """Find images that are both in training and in validation or testing."""
    train = data.image_paths.get("train", frozenset())
    for split, paths in data.image_paths.items():
        shared = sorted(train & paths) if split != "train" else []
        if shared:
            yield Finding(
                text=f"{len(shared)} of {len(paths)} images of {split}_dataloader are in "
                f"train_dataloader too ({listed(shared)}): its results will be too good",
                is_error=False,
            )


def missing_files(data: LoadedData) -> Iterator[Finding]:
    """Look for the first image and label map of each dataset, which reveals a wrong prefix."""
    for key, dataset in data.datasets():
        if not len(dataset) or not _reads_local_files(dataset):
            continue
        info = dataset.get_data_info(0)
        for name in ("img_path", "seg_map_path"):
            path = info.get(name)
            if isinstance(path, str) and "://" not in path and not os.path.exists(path):
                yield Finding(
                    text=f"{key}: No such file or directory: {path!r}, its first {name}; check "
                    "whether the file exists, and data_root, data_prefix and what is joined to them"
                )


def _reads_local_files(dataset: Any) -> bool:
    if not isinstance(dataset, BaseDataset):
        return False
    readers = [step for step in dataset.pipeline.transforms if hasattr(step, "imdecode_backend")]
    return bool(readers) and not any(
        getattr(step, "ignore_empty", False) or is_remote_reader(vars(step)) for step in readers
    )


RULES: tuple[Callable[[LoadedData], Iterator[Finding]], ...] = (
    empty_datasets,
    fewer_samples_than_a_batch,
    swapped_classes,
    classes_against_folders,
    shared_images,
    missing_files,
)
