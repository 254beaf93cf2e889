"""Opens images of any number of pixels with Pillow, which refuses those of more than 179 million.

mmcv and OpenCV read them, such as those of satellites and microscopes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO

from PIL import Image

_LIMIT_IS_LIFTED = Lock()  # it is one for all threads


@contextmanager
def image_head(source: str | Path | IO[bytes]) -> Iterator[Image.Image]:
    """Open an image; its pixels are not read.

    Raises:
        OSError: There is no such file, or it is not an image.
    """
    with _LIMIT_IS_LIFTED:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            image = Image.open(source)
        finally:
            Image.MAX_IMAGE_PIXELS = limit
    with image:
        yield image
