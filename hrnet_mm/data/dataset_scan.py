"""Reads all or some samples of a dataset, and collects what is found."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from hrnet_mm.data.findings import Finding, Place
from hrnet_mm.data.label_maps import findings_of_labels, labels_seen
from hrnet_mm.data.sample_checks import label_checks
from hrnet_mm.data.sample_scan import ReadSample, SampleReader, merged, scan


class DatasetScan:
    """What the samples of a dataset have shown.

    Args:
        key: The config's key of the dataset.
        dataset: The dataset, with the checks of `hrnet_mm.data.sample_checks` in its pipeline.
        wrappers: Those that wrap it, inner first.

    Attributes:
        dataset: The dataset.
        images: The paths of the images by the digest of their pixels.
        label_counts: In how many label maps each label is.
        is_complete: Whether all samples were read.
    """

    def __init__(self, *, key: str, dataset: Any, wrappers: Sequence[Any] = ()) -> None:
        self.dataset = dataset
        self._reader = SampleReader([dataset, *wrappers])
        self._can_read = isinstance(dataset, BaseDataset) and self._reader.reads_images
        self.images: dict[bytes, list[str]] = {}
        self.label_counts: Counter[int] = Counter()
        self.is_complete = False
        self._key = key
        self._found: list[Finding] = []
        self._maps_by_label: dict[int, Place] = {}

    def read_all(self, *, is_read: Callable[[], object]) -> None:
        """Read all samples; call back after each."""
        if not self._can_read:
            self._found.append(_not_read(self._key))
            return
        indices = range(len(self.dataset))
        for sample in scan(self.dataset, self._reader, indices, is_read=is_read):
            self._add(sample)
        self.is_complete = True

    def read_some(self, *, number: int, end: float) -> None:
        """Read samples from all over the dataset: as many, or until ``time.monotonic()``."""
        if not self._can_read:
            return
        # Several samples may be of one image, which counts once.
        candidates = np.linspace(0, len(self.dataset) - 1, min(len(self.dataset), 8 * number))
        samples = scan(self.dataset, self._reader, candidates.astype(int).tolist())
        for count, sample in enumerate(samples, start=1):
            self._add(sample)
            if count > number or time.monotonic() > end:
                return
        self.is_complete = len(candidates) == len(self.dataset)

    def _add(self, sample: ReadSample) -> None:
        if sample.digest is not None:
            self.images.setdefault(sample.digest, []).append(sample.image)
        if sample.finding is not None:
            self._found.append(sample.finding)
        self.label_counts.update(sample.labels)
        for label in sample.labels:
            place = Place(file=sample.label_map, value=f"has the label {label}")
            self._maps_by_label.setdefault(label, place)

    def findings(self) -> list[Finding]:
        """Return the faults of the samples, and of all label maps together."""
        found = merged(self._found)
        checks = label_checks(SimpleNamespace(dataset=self.dataset))
        if not checks or not self.is_complete or any(finding.is_error for finding in found):
            return found
        about_all = findings_of_labels(
            labels_seen(checks),
            checks[0],
            key=self._key,
            is_reduced=bool(getattr(self.dataset, "reduce_zero_label", False)),
        )
        ignored = checks[0].ignore_index
        first = self._maps_by_label.get(ignored)
        return found + [
            replace(
                finding,
                rule="all label maps",
                count=self.label_counts[ignored],
                places=(first,) if first else (),
            )
            for finding in about_all
            if finding.is_error  # other missing labels are told of each split
        ]


def _not_read(key: str) -> Finding:
    return Finding(
        text=f"{key}: its images were not read, since no step of its pipeline is LoadImageFromFile",
        is_error=False,
        rule="images not read",
    )
