"""Checks each label map of a segmentation dataset when it is read, and the set of all labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import all_reduce, get_world_size

from hrnet_mm.data.findings import Finding, report
from hrnet_mm.data.image_heads import image_head
from hrnet_mm.data.image_sizes import check_label_size
from hrnet_mm.errors import UserError

_VALUES = 256  # of a label: mmseg casts all labels to 8 bits
_JPEG = _VALUES  # index of the JPEG flag in `LabelCheck.seen`
_WARN_AFTER = 50  # label maps


def _shared_flags() -> torch.Tensor:
    return torch.zeros(_VALUES + 1, dtype=torch.uint8).share_memory_()


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelCheck:
    """A transform after the one that reads the label map: refuses labels that no class has.

    Attributes:
        split: "train", "val" or "test".
        num_classes: Labels must be below it, or `ignore_index`; None if unknown.
        ignore_index: The label of ignored pixels.
        classes: Their names; empty if unknown.
        is_cast: Whether the reader is mmseg's own, which keeps only the low 8 bits.
        seen: For each label, whether a label map had it; then, whether any was a JPEG. In memory
            shared with the workers; flags, since two processes may write at once.
    """

    split: str
    num_classes: int | None = None
    ignore_index: int = 255
    classes: Sequence[str] = ()
    is_cast: bool = False
    seen: torch.Tensor = field(default_factory=_shared_flags, repr=False)

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Return the sample unchanged.

        Raises:
            UserError: The channels, size or values are not those of a label map; the message has
                the file and the value.
        """
        labels = sample.get("gt_seg_map")
        if labels is None:
            return sample
        path = str(sample.get("seg_map_path"))
        mode, is_jpeg = _read_header(path)
        if labels.ndim < 2:
            raise UserError(
                f"the label map {path} is one pixel high or wide, which mmseg cannot read: "
                "leave it out"
            )
        if labels.ndim > 2:
            raise UserError(_not_one_channel(path, mode, labels))
        if self.is_cast and mode.startswith(("I", "F")):
            _check_cast(path, bits=16 if mode.startswith("I;16") else 32)
        check_label_size(sample, split=self.split)
        if self.num_classes is not None:
            is_reduced = bool(sample.get("reduce_zero_label"))
            self._check_values(labels, path, mode=mode, is_jpeg=is_jpeg, is_reduced=is_reduced)
        return sample

    def _check_values(
        self, labels: np.ndarray, path: str, *, mode: str, is_jpeg: bool, is_reduced: bool
    ) -> None:
        assert self.num_classes is not None
        found = label_values(labels)
        known = (found >= 0) & (found < self.num_classes) | (found == self.ignore_index)
        if not known.all():
            in_file = found[found != self.ignore_index] + is_reduced
            raise UserError(
                f"{path} has {_list_labels((found[~known] + is_reduced).tolist(), ())}, but there "
                f"are {self.num_classes} classes, {int(is_reduced)} to "
                f"{self.num_classes - 1 + is_reduced}"
                + (" (0 is ignored, as reduce_zero_label says)" if is_reduced else "")
                + ": correct the file, or the model's num_classes and the dataset's classes"
                + _cause(
                    in_file,
                    self.num_classes,
                    mode=mode,
                    is_jpeg=is_jpeg,
                    is_reduced=is_reduced,
                )
            )
        seen = self.seen.numpy()
        seen[found[(found >= 0) & (found < _VALUES)]] = 1
        seen[_JPEG] |= is_jpeg


def _read_header(path: str) -> tuple[str, bool]:
    """Return Pillow's mode of a file, and whether it is a JPEG, whose compression changes labels.

    The mode is "" if Pillow cannot read the file, such as a remote one.
    """
    try:
        with image_head(path) as image:
            return image.mode, image.format in ("JPEG", "MPO")
    except OSError:
        return "", False  # the transform before it could read it


def _cause(
    values: np.ndarray, num_classes: int, *, mode: str, is_jpeg: bool, is_reduced: bool
) -> str:
    """Return the likely cause of values that no class has, from those in one file."""
    if is_jpeg:
        return "; a JPEG changes labels, save them as PNG"
    if mode.startswith("P"):
        return "; the file has a palette, and the indices of its colours are the labels"
    if num_classes <= 2 and len(values) <= 2:
        return f"; {_MASKS}"
    if not is_reduced and values.max() == num_classes:
        return (
            "; if the classes count from 1, and 0 is what nobody labelled, set "
            "reduce_zero_label=True"
        )
    if values.max() >= 2 * num_classes and len(values) <= num_classes + is_reduced:
        return (
            "; the file seems to hold grey levels or colours: save the number of each pixel's class"
        )
    return ""


def label_values(labels: np.ndarray) -> np.ndarray:
    """Return the distinct values; for bytes, OpenCV's histogram is ten times as fast as numpy."""
    if labels.dtype != np.uint8:
        return np.unique(labels)
    counts = cv2.calcHist([labels], [0], None, [_VALUES], [0, _VALUES])
    return np.flatnonzero(counts)


def _check_cast(path: str, *, bits: int) -> None:
    with image_head(path) as image:
        values = np.asarray(image)
    value = values.max() if values.max() > 255 else values.min()
    if not 0 <= value <= 255:
        raise UserError(
            f"{path} has {bits} bits and the label {value}, which would be read as "
            f"{int(value) % _VALUES}: labels are 0 to 255; number the classes from 0, write 255 "
            "for what is ignored, and save the file with 8 bits"
        )


def _not_one_channel(path: str, mode: str, labels: np.ndarray) -> str:
    channels = labels.shape[-1]
    colours = labels[..., : 3 if channels > 2 else 1]
    if (colours == colours[..., :1]).all():
        what = "save the first alone, Image.fromarray(np.asarray(Image.open(file))[..., 0])"
    else:
        what = "it seems to hold colours; save the number of each pixel's class instead"
    shown = f" ({mode})" if mode else ""
    return f"the label map {path} has {channels} channels{shown}, but must have one: {what}"


class LabelSurvey:
    """Collects the labels of all label maps of a data loader.

    A single label map may lack classes: it may hold only background and ignored pixels.

    Args:
        key: The config's key of the dataset, such as "train_dataloader.dataset".
        loader: The data loader.
        checks: The checks in its pipelines; none if it reads no label maps.
    """

    def __init__(self, *, key: str, loader: Any, checks: Sequence[LabelCheck]) -> None:
        self._key = key
        self._loader = loader
        self._checks = checks
        self._batches = 0
        # A process without a batch would never join the others.
        self._is_done = not checks or len(loader.dataset) < get_world_size()
        self._warned = False

    def count_batch(self, *, is_last: bool = False) -> None:
        """Count a batch that was read: warn after some, decide after one epoch or the last batch.

        Raises:
            UserError: Labels are ignored, and no two classes occur.
        """
        if self._is_done:
            return
        self._batches += 1
        self._is_done = is_last or self._batches >= len(self._loader)
        maps = self._batches * (self._loader.batch_sampler.batch_size or 1) * get_world_size()
        if self._is_done or (maps >= _WARN_AFTER and not self._warned):
            self._warned = True
            report(label_findings(self._checks, key=self._key, is_complete=self._is_done))


def label_findings(
    checks: Sequence[LabelCheck], *, key: str, is_complete: bool = True
) -> Iterator[Finding]:
    """Find labels that no label map read by any process has.

    Args:
        checks: The checks of the dataset; all have the same classes.
        key: The config's key of the dataset.
        is_complete: Whether all label maps were read; otherwise findings are only warnings.
    """
    flags = labels_seen(checks)
    all_reduce(flags, op="max")
    if flags[_JPEG] and is_complete:
        yield Finding(
            text=f"{key}: label maps are JPEGs, whose compression changes labels: use PNG",
            is_error=False,
        )
    yield from findings_of_labels(flags, checks[0], key=key, is_complete=is_complete)


def labels_seen(checks: Sequence[LabelCheck]) -> torch.Tensor:
    """Return which labels this process and its workers have read, as `LabelCheck.seen`."""
    return torch.stack([check.seen for check in checks]).amax(dim=0)


def findings_of_labels(
    flags: torch.Tensor,
    check: LabelCheck,
    *,
    key: str,
    is_complete: bool = True,
    is_reduced: bool = False,
) -> Iterator[Finding]:
    """Find labels that no label map has.

    Args:
        flags: Which labels occur, as `LabelCheck.seen`.
        check: A check of the dataset.
        key: The config's key of the dataset.
        is_complete: Whether all label maps were read; otherwise findings are only warnings.
        is_reduced: Whether ``reduce_zero_label`` is set.
    """
    count, ignored = check.num_classes, check.ignore_index
    assert count is not None
    seen = flags.tolist()
    labels = [label for label in range(count) if label != ignored]
    missing = [label for label in labels if not seen[label]]
    if not (0 <= ignored < _VALUES and seen[ignored]) or not missing:
        return
    maps = f"the label maps that were {'' if is_complete else 'first '}read"
    text = (
        f"{key}: no pixel of {maps} has {_list_labels(missing, check.classes)}, but some have "
        f"{ignored}, which is ignored"
    )
    if missing == labels:
        yield Finding(
            text=f"{key}: every pixel of {maps} is ignored ({ignored}), so that nothing is "
            f"learned or measured. {_MASKS}",
            is_error=is_complete,
        )
    elif len(labels) == 2:
        yield Finding(text=f"{text}: one class is left. {_MASKS}", is_error=is_complete)
    elif is_reduced and missing == labels[-1:]:
        yield Finding(
            text=f"{text}: reduce_zero_label=True ignores the label 0 and makes 0 of 1; if the "
            "label 0 is a class, set reduce_zero_label=False",
            is_error=is_complete,
        )
    elif is_complete:
        yield Finding(text=f"{text}. Is that intended?", is_error=False)


_MASKS = (
    "Save a mask of 0 and 255 as 0 and 1, (mask > 0).astype('uint8'); reduce_zero_label=True "
    "ignores the label 0"
)


def _list_labels(labels: Sequence[int], classes: Sequence[str]) -> str:
    names = [f"{label} ({classes[label]})" if classes else str(label) for label in labels]
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return f"the label{'s' if len(names) > 1 else ''} {shown}"
