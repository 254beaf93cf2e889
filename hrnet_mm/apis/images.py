"""Images as a model's pipeline expects them, from files and from arrays."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from hrnet_mm.data.damaged_images import read_image
from hrnet_mm.deploy.images import as_bgr


@dataclass(frozen=True, kw_only=True)
class ImageReader:
    """Gives images as the loading transform of a config would, whose options these are.

    Attributes:
        flag: Its ``color_type``.
        backend: Its ``imdecode_backend``.
    """

    flag: str = "color"
    backend: str = "cv2"

    def read(self, path: Path) -> np.ndarray:
        """Read a file.

        Raises:
            UserError: It cannot be read, or is not a complete image.
        """
        return read_image(path, flag=self.flag, backend=self.backend)

    def take(self, array: np.ndarray) -> np.ndarray:
        """Give an array the form of an image that was read from a file.

        Args:
            array: (H, W), (H, W, 1), (H, W, 3) in BGR order or (H, W, 4) in BGRA order, uint8. With
                the flag "unchanged" any array, which stays as it is.

        Raises:
            UserError: It has another shape or type.
        """
        if self.flag == "unchanged":
            return array
        image = as_bgr(array)
        is_grey = self.flag.startswith("grayscale")
        return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if is_grey else image
