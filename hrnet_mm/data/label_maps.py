"""Checks each label map of a segmentation data set when it is read, and all of them together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import all_reduce, get_world_size
from PIL import Image, UnidentifiedImageError

from hrnet_mm.data.findings import Finding, report
from hrnet_mm.data.image_sizes import check_label_size
from hrnet_mm.errors import UserError

_VALUES = 256  # of a label of 8 bits, which is what mmseg makes of all
_JPEG = _VALUES  # the place after them in `LabelCheck.seen`
_FIRST_LOOK = 50  # label maps after which a warning is worth while


def _shared_flags() -> torch.Tensor:
    return torch.zeros(_VALUES + 1, dtype=torch.uint8).share_memory_()


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelCheck:
    """A transform behind the one that reads the label map: refuses labels that no class has.

    Attributes:
        split: "train", "val" or "test".
        num_classes: Labels are below it, or the ignored one; None if that is not known.
        ignore_index: The label that counts as none.
        classes: Their names; empty if not known.
        is_cast: Whether the reader is mmseg's own, which drops all but the low 8 bits.
        seen: For each label, whether a map had it, and whether any was a JPEG. The workers of a
            data loader share it with the main process. Flags, since two may write at once.
    """

    split: str
    num_classes: int | None = None
    ignore_index: int = 255
    classes: Sequence[str] = ()
    is_cast: bool = False
    seen: torch.Tensor = field(default_factory=_shared_flags, repr=False)

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        """Pass the sample on as it is.

        Raises:
            UserError: The map's kind, size or values are not those of a label map; the message
                has the file and the value.
        """
        labels = sample.get("gt_seg_map")
        if labels is None:
            return sample
        file = _FileHeader.read(str(sample.get("seg_map_path")))
        if labels.ndim < 2:
            raise UserError(
                f"the label map {file.path} is one pixel high or wide, which mmseg cannot read: "
                "take it out of the data set"
            )
        if labels.ndim > 2:
            raise UserError(_not_one_channel(file, labels))
        if self.is_cast and file.depth > 8:
            _check_cast(file)
        check_label_size(sample, split=self.split)
        if self.num_classes is not None:
            self._check_values(labels, file=file, is_reduced=bool(sample.get("reduce_zero_label")))
        return sample

    def _check_values(self, labels: np.ndarray, *, file: "_FileHeader", is_reduced: bool) -> None:
        assert self.num_classes is not None
        found = _values(labels)
        known = (found >= 0) & (found < self.num_classes) | (found == self.ignore_index)
        if not known.all():
            value = int(found[~known][0])
            before = value + 1 if is_reduced else value
            raise UserError(
                f"{file.path} has the label {before}, but there are {self.num_classes} classes, "
                f"{int(is_reduced)} to {self.num_classes - 1 + is_reduced}"
                + (" (0 is ignored, as reduce_zero_label says)" if is_reduced else "")
                + ": correct the file, or the model's num_classes and the data set's classes"
                + ("; a JPEG changes labels, save them as PNG" if file.is_jpeg else "")
            )
        seen = self.seen.numpy()
        seen[found[(found >= 0) & (found < _VALUES)]] = 1
        seen[_JPEG] |= file.is_jpeg


@dataclass(frozen=True, kw_only=True)
class _FileHeader:
    """What the start of an image file says.

    Attributes:
        path: The file.
        mode: Pillow's name of its channels; "" where Pillow cannot tell, as for a remote file.
        is_jpeg: Whether it is compressed with loss.
    """

    path: str
    mode: str = ""
    is_jpeg: bool = False

    @classmethod
    def read(cls, path: str) -> "_FileHeader":
        try:
            with Image.open(path) as image:  # reads no pixel
                return cls(path=path, mode=image.mode, is_jpeg=image.format in ("JPEG", "MPO"))
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
            return cls(path=path)  # the transform before could read it

    @property
    def depth(self) -> int:
        """Bits of a value."""
        return 32 if self.mode in ("I", "F") else 16 if self.mode.startswith("I;16") else 8


def _values(labels: np.ndarray) -> np.ndarray:
    """Return the different values; OpenCV counts bytes ten times as fast as numpy sorts them."""
    if labels.dtype != np.uint8:
        return np.unique(labels)
    counts = cv2.calcHist([labels], [0], None, [_VALUES], [0, _VALUES])
    return np.flatnonzero(counts)


def _check_cast(file: _FileHeader) -> None:
    with Image.open(file.path) as image:
        values = np.asarray(image)
    value = values.max() if values.max() > 255 else values.min()
    if not 0 <= value <= 255:
        raise UserError(
            f"{file.path} has {file.depth} bits and the label {value}, which would be read as "
            f"{int(value) % _VALUES}: labels are 0 to 255; number the classes from 0, write 255 "
            "for what is ignored, and save the file with 8 bits"
        )


def _not_one_channel(file: _FileHeader, labels: np.ndarray) -> str:
    channels = labels.shape[-1]
    colours = labels[..., : 3 if channels > 2 else 1]
    if (colours == colours[..., :1]).all():
        what = "save the first alone, Image.fromarray(np.asarray(Image.open(file))[..., 0])"
    else:
        what = "it seems to hold colours; save the number of each pixel's class instead"
    mode = f" ({file.mode})" if file.mode else ""
    return f"the label map {file.path} has {channels} channels{mode}, but must have one: {what}"


class LabelSurvey:
    """Looks at the label maps of a data loader together.

    One map alone tells nothing: of two classes it may hold the background and ignored pixels only.

    Args:
        key: Where the config has the data set, such as "train_dataloader.dataset".
        loader: The data loader.
        checks: Those in its pipelines; none if it reads no label maps.
    """

    def __init__(self, *, key: str, loader: Any, checks: Sequence[LabelCheck]) -> None:
        self._key = key
        self._loader = loader
        self._checks = checks
        self._batches = 0
        self._decided = not checks
        self._warned = False

    def count_batch(self, *, is_last: bool = False) -> None:
        """Count a batch that was read: warn after some, decide after one pass or the last.

        Raises:
            UserError: Labels are ignored, and no two classes occur.
        """
        if self._decided:
            return
        self._batches += 1
        self._decided = is_last or self._batches >= len(self._loader)
        maps = self._batches * (self._loader.batch_sampler.batch_size or 1) * get_world_size()
        if self._decided or (maps >= _FIRST_LOOK and not self._warned):
            self._warned = True
            report(label_findings(self._checks, key=self._key, is_whole=self._decided))


def label_findings(
    checks: Sequence[LabelCheck], *, key: str, is_whole: bool = True
) -> Iterator[Finding]:
    """Tell what the label maps lack that were read by all processes.

    Args:
        checks: Those of the data set; all have the same classes.
        key: Where the config has the data set.
        is_whole: Whether all maps were read, or all that there will be; else nothing is an error.
    """
    count, ignored = checks[0].num_classes, checks[0].ignore_index
    assert count is not None
    flags = torch.stack([check.seen for check in checks]).amax(dim=0)
    all_reduce(flags, op="max")
    seen = flags.tolist()
    if seen[_JPEG] and is_whole:
        yield Finding(
            text=f"{key}: label maps are JPEGs, whose compression changes labels: use PNG",
            is_error=False,
        )
    labels = [label for label in range(count) if label != ignored]
    missing = [label for label in labels if not seen[label]]
    if not (0 <= ignored < _VALUES and seen[ignored]) or not missing:
        return
    maps = f"the label maps that were {'' if is_whole else 'first '}read"
    if missing == labels:
        yield Finding(
            text=f"{key}: every pixel of {maps} is ignored ({ignored}), so that nothing is "
            f"learned or measured. {_MASKS}",
            is_error=is_whole,
        )
    elif len(labels) == 2:
        yield Finding(
            text=f"{key}: no pixel of {maps} has {_named(missing, checks[0].classes)}, but some "
            f"have {ignored}, which is ignored: one class is left. {_MASKS}",
            is_error=is_whole,
        )
    elif is_whole:
        yield Finding(
            text=f"{key}: no pixel of {maps} has {_named(missing, checks[0].classes)}, but some "
            f"have {ignored}, which is ignored. Is that meant?",
            is_error=False,
        )


_MASKS = (
    "Save a mask of 0 and 255 as 0 and 1, (mask > 0).astype('uint8'); reduce_zero_label=True "
    "ignores the label 0"
)


def _named(labels: Sequence[int], classes: Sequence[str]) -> str:
    names = [f"{label} ({classes[label]})" if classes else str(label) for label in labels]
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return f"the label{'s' if len(names) > 1 else ''} {shown}"
