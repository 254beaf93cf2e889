"""An image on its way through a prediction."""

from dataclasses import dataclass

import numpy as np

from hrnet_mm.errors import UserError
from hrnet_mm.results import Result


@dataclass(frozen=True, kw_only=True)
class Frame:
    """An image, or an image of a video.

    Attributes:
        source: The path of the file, "webcam:0", or "array 3": what messages call it.
        name: What files for it are called, without a suffix; may have folders, as in "left/007".
        image: (H, W, 3) in BGR order, uint8. A config whose loader has ``color_type="unchanged"``
            gets the file's own channels and type.
        index: The number of the frame in its video, from 0; None for an image.
    """

    source: str
    name: str
    image: np.ndarray
    index: int | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An image or video that could not be read, or from which nothing could be predicted.

    Attributes:
        source: As in `Frame`.
        reason: In one line, to follow "SOURCE: ".
    """

    source: str
    reason: str

    @classmethod
    def of(cls, error: Exception, frame: Frame) -> "Failure":
        """Say why nothing could be predicted from an image."""
        reason = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, UserError):
            height, width = frame.image.shape[:2]
            reason = f"{type(error).__name__}: {reason} (the image is {width}x{height})"
        return cls(source=frame.source, reason=reason)


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """An image and what the model says of it.

    Attributes:
        frame: The image.
        result: In its pixels.
        image_id: The image's id in the file that gave the boxes; None where there is none.
    """

    frame: Frame
    result: Result
    image_id: int | str | None = None
