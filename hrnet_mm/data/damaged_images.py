"""Refuses truncated and damaged images by name: one that is read, or all in the runs of our tools.

mmcv does not check what the decoder returns. OpenCV up to 4.10 fills the missing part of a JPEG
with grey, and training continues on it. Later versions return None, and mmcv stops with an
AssertionError, or for a label map ``'NoneType' object has no attribute 'squeeze'``; an empty file,
or Pillow, mmseg's decoder of label maps, raises an error that names no file either.

For a valid file that only another decoder or flag reads, such as a TIFF of floating-point numbers,
the error describes its content.

A JPEG or PNG that does not end with its end marker is checked by Pillow, since bytes may follow the
marker. Pillow takes truncated files if ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` is set.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image

from hrnet_mm.data.image_heads import image_head
from hrnet_mm.errors import UserError
from hrnet_mm.post_import import replace_function

DAMAGED = "is truncated, damaged or not an image; get it again or leave it out"
TOO_LARGE = "cannot be read: it has too many pixels for Pillow; cut it into tiles"
_END_MARKERS = {b"\xff\xd8\xff": b"\xff\xd9", b"\x89PNG": b"IEND\xaeB`\x82"}


class DamagedImageError(UserError):
    """An image file cannot be read, or is not a complete image; the message names it."""


class _UnusableImageError(ValueError):
    """An image cannot be used; its file is not known yet.

    Attributes:
        fault: What is wrong, to follow "the image FILE".
    """

    def __init__(self, text: str, fault: str = DAMAGED) -> None:
        super().__init__(text)
        self.fault = fault


def read_image(path: Path, *, flag: str, backend: str) -> np.ndarray:
    """Read an image file with mmcv, in BGR order.

    Args:
        path: The file.
        flag: The ``color_type`` of mmcv's transforms: "color", "grayscale", "unchanged" and others.
        backend: Their ``imdecode_backend``: "cv2", "pillow" and others.

    Raises:
        UserError: The file cannot be read, or is not a complete image; the message begins with
            "the image PATH ".
    """
    try:
        return _checked(mmcv.imfrombytes)(path.read_bytes(), flag=flag, backend=backend)
    except _UnusableImageError as error:
        raise UserError(f"the image {path} {error.fault}") from error
    except OSError as error:
        raise UserError(f"the image {path} cannot be read: {error.strerror}") from error
    except MemoryError as error:
        raise UserError(f"the image {path} cannot be read: {error}") from error


@contextmanager
def damaged_images_refused() -> Iterator[None]:
    """Let mmcv refuse damaged images in this process, and in those that it forks.

    Inside, an image that is not complete raises a `UserError` that names its file.
    """
    decode, call = mmcv.imfrombytes, BaseTransform.__call__
    checked = _checked(decode)
    replace_function(mmcv, decode, checked)
    BaseTransform.__call__ = _named(call)
    try:
        yield
    finally:
        replace_function(mmcv, checked, decode)
        BaseTransform.__call__ = call


def _checked(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Let ``imfrombytes`` refuse images that are not complete."""

    @wraps(stock)
    def imfrombytes(content: bytes, *args: Any, **kwargs: Any) -> Any:
        if not len(content) or _is_cut_off(content):
            raise _UnusableImageError("an image is truncated or empty")
        try:
            image = stock(content, *args, **kwargs)
        except (OSError, SyntaxError) as error:  # Pillow's and TurboJPEG's
            raise _decoding_error(content, f"an image is damaged: {error}") from error
        except Image.DecompressionBombError as error:
            raise _UnusableImageError(f"an image {TOO_LARGE}", TOO_LARGE) from error
        except cv2.error as error:  # too many pixels
            fault = f"cannot be read: {' '.join(str(error).split())}"
            raise _UnusableImageError(f"an image {fault}", fault) from error
        if image is None:  # OpenCV's way to say it
            raise _decoding_error(content, "an image is damaged or not an image")
        return image

    return imfrombytes


def _decoding_error(content: bytes, otherwise: str) -> _UnusableImageError:
    """Return the error of a damaged image, or of one that the decoder does not support."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype in (np.uint8, np.uint16):
        return _UnusableImageError(otherwise)
    fault = (
        f"holds {image.dtype} of shape {image.shape}, which is not read as an image of 8 bits; "
        "save it as uint8 or uint16, or read it with color_type='unchanged'"
    )
    return _UnusableImageError(f"an image {fault}", fault)


def _is_cut_off(content: bytes) -> bool:
    for start, end in _END_MARKERS.items():
        # Slices, since some storages give a memoryview.
        if content[: len(start)] == start and content[-len(end) :] != end:
            try:
                with image_head(BytesIO(content)) as image:
                    image.load()
            except (OSError, SyntaxError):
                return True
    return False


def _named(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Let a transform name the file of a damaged image."""

    @wraps(stock)
    def call(self: Any, results: dict[str, Any]) -> Any:
        try:
            return stock(self, results)
        except _UnusableImageError as error:
            # mmpose raises it again, from its text only.
            first = error.__context__
            fault = first.fault if isinstance(first, _UnusableImageError) else error.fault
            raise DamagedImageError(f"the image {_file(results)} {fault}") from error

    return call


def _file(results: Mapping[str, Any]) -> Any:
    # The label map comes after the image in every toolbox.
    return results.get("seg_map_path" if "img" in results else "img_path")
