"""The boxes in which a top-down model looks for poses; numpy only."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hrnet_mm.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """The boxes of an image.

    Attributes:
        boxes: (N, 4), left, top, right, bottom in pixels.
        scores: (N,), of the detector; 1 for boxes that are certain.
        category_ids: (N,), of the file that gave them; None from elsewhere.
        image_id: The image's id in that file.
    """

    boxes: np.ndarray
    scores: np.ndarray
    category_ids: np.ndarray | None = None
    image_id: int | str | None = None

    @classmethod
    def certain(cls, boxes: Any) -> "Boxes":
        """Take boxes that someone gave, as an array or a list of (N, 4).

        Raises:
            UserError: They are no boxes.
        """
        try:
            array = np.asarray(boxes, dtype=np.float32)
        except (ValueError, TypeError) as error:
            raise UserError(f"boxes {boxes!r}: give rows of left, top, right, bottom") from error
        if array.size == 0:
            array = array.reshape(0, 4)
        if array.ndim != 2 or array.shape[1] != 4:
            raise UserError(f"boxes {boxes!r}: give rows of left, top, right, bottom, (N, 4)")
        sizes = array[:, 2:] - array[:, :2]
        if not (np.isfinite(array).all() and (sizes > 0).all()):
            raise UserError(f"boxes {boxes!r}: each needs left < right and top < bottom")
        return cls(boxes=array, scores=np.ones(len(array), np.float32))
