"""Rules that compare the splits of a dataset, after all of their samples were read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from hrnet_mm.data.dataset_scan import DatasetScan
from hrnet_mm.data.findings import Finding, Place, listed


@dataclass(kw_only=True)
class SplitContent:
    """What was read of a split.

    Attributes:
        classes: The names of its classes; empty if unknown.
        images: The paths of the images by the digest of their pixels.
        samples: How many images or objects there are of each class; None if that is unknown.
    """

    classes: Sequence[str]
    images: dict[bytes, list[str]] = field(default_factory=dict)
    samples: Counter[str] | None = None

    def add(self, scan: DatasetScan) -> None:
        """Add the samples of one of its datasets."""
        for digest, paths in scan.images.items():
            self.images.setdefault(digest, []).extend(paths)
        counts = _samples_of(scan)
        if counts is not None:
            self.samples = (self.samples or Counter()) + counts


Splits = Mapping[str, SplitContent]


def images_in_two_splits(splits: Splits) -> Iterator[Finding]:
    """Find images that are trained on and measured with."""
    for split in [name for name in splits if name != "train" and "train" in splits]:
        trained, tested = splits["train"].images, splits[split].images
        shared = [digest for digest in tested if digest in trained]
        if shared:
            first, other = tested[shared[0]][0], trained[shared[0]][0]
            yield Finding(
                text=f"{len(shared)} of {len(tested)} images of {split}_dataloader have the pixels "
                f"of one of train_dataloader ({first} is {other}): take them out of one of the "
                "two, as the results would be too good",
                count=len(shared),
                places=tuple(
                    Place(file=tested[digest][0], value=f"is {trained[digest][0]}")
                    for digest in shared
                ),
            )


def repeated_images(splits: Splits) -> Iterator[Finding]:
    """Find images that a split has in several files."""
    for split, content in splits.items():
        repeated = [paths for paths in content.images.values() if len(paths) > 1]
        if repeated:
            yield Finding(
                text=f"{split}_dataloader has {len(repeated)} images in more than one file "
                f"({listed(repeated[0])}): keep one of each",
                is_error=False,
                count=len(repeated),
                places=tuple(
                    Place(file=paths[0], value=f"is {', '.join(paths[1:])}") for paths in repeated
                ),
            )


def lacking_classes(splits: Splits) -> Iterator[Finding]:
    """Find classes without a sample: in one split, or in all."""
    known = {name: content for name, content in splits.items() if content.samples is not None}
    for split, content in known.items():
        lacking = [name for name in content.classes if not _count(content, name)]
        elsewhere = {
            name: other
            for name in lacking
            for other, others in known.items()
            if _count(others, name)
        }
        if elsewhere:
            name, other = next(iter(elsewhere.items()))
            yield Finding(
                text=f"{split}_dataloader has no sample of the class {listed(elsewhere)}, but "
                f"{other}_dataloader has {_count(known[other], name)} of {name!r}: "
                + ("it cannot be learned" if split == "train" else "it is not measured")
                + "; divide the data such that each split has all classes",
                count=len(elsewhere),
                places=tuple(Place(file=split, value=f"class {name}") for name in elsewhere),
            )
    nowhere = [
        name
        for name in dict.fromkeys(name for content in known.values() for name in content.classes)
        if not any(_count(content, name) for content in known.values())
    ]
    if nowhere:
        yield Finding(
            text=f"no split ({', '.join(known)}) has a sample of the class {listed(nowhere)}",
            is_error=False,
            count=len(nowhere),
        )


def _count(content: SplitContent, name: str) -> int:
    return content.samples[name] if content.samples is not None else 0


def _samples_of(scan: DatasetScan) -> Counter[str] | None:
    """Count the objects, images or label maps of each class; None for poses or without labels."""
    dataset = scan.dataset
    classes = dataset.metainfo.get("classes")
    if not classes or not len(dataset):
        return None
    if scan.label_counts:
        counts = scan.label_counts
    elif hasattr(dataset, "get_cat_ids") and _has_labels(dataset):
        labels = (dataset.get_cat_ids(index) for index in range(len(dataset)))
        counts = Counter(chain.from_iterable(labels))
    else:
        return None
    return Counter(
        {classes[label]: number for label, number in counts.items() if 0 <= label < len(classes)}
    )


def _has_labels(dataset: Any) -> bool:
    return not {"instances", "gt_label"}.isdisjoint(dataset.get_data_info(0))


RULES = (images_in_two_splits, repeated_images, lacking_classes)
