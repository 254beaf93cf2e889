"""The Inferencers take grayscale, BGRA and 16-bit arrays, and treat arrays as image files.

Broken: mmcv reads every file as BGR with 8 bits, but an array is used unchanged. One of shape
(H, W) or (H, W, 4) stops nearly all Inferencers of mmdet, mmpose, mmpretrain and mmseg, in the
model's normalization or in drawing; one of 16 bits is silently normalized as if it had 8. And
mmdet, mmpretrain and mmseg draw on an array as if it were RGB, while the model takes it as BGR: the
colours of the drawings are swapped.
Since: always, mmdet up to 3.3, mmpose up to 1.3.2, mmpretrain up to 1.2, mmseg up to 1.2.2.
Can go: when they take arrays as ``mmcv.imread(file, 'unchanged')`` returns them.

Repaired: an array of uint8 or uint16 of shape (H, W), (H, W, 1), (H, W, 3) as BGR or (H, W, 4) as
BGRA is treated as a PNG file of its content: alpha is dropped, and the upper 8 of 16 bits are used.
Floating-point arrays of three channels are used as before, with values as of 8 bits; others are
refused. Nothing changes for a config whose loader reads ``color_type='unchanged'`` or TIFF files by
tifffile, which may have any channels.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

from hrnet_mm.errors import UserError
from hrnet_mm.post_import import Patch


def as_read(image: Any, *, flag: str = "color", backend: str | None = None) -> Any:
    """Return the array that mmcv would read from a PNG file of an array.

    Args:
        image: The array, (H, W), (H, W, 1), (H, W, 3) in BGR or (H, W, 4) in BGRA order.
        flag: How files are read, as in ``mmcv.imread``.
        backend: The decoder of files, as in ``mmcv.imread``.

    Raises:
        UserError: No PNG file can hold such an array.
    """
    import cv2
    import mmcv
    import numpy as np

    if flag == "unchanged" or backend == "tifffile":
        return image
    channels = image.shape[2] if image.ndim == 3 else 1
    as_8_bits = image.dtype == np.uint8 or np.issubdtype(image.dtype, np.floating)
    if flag.startswith("color") and channels == 3 and image.size and as_8_bits:
        return image
    if (
        image.dtype not in (np.uint8, np.uint16)
        or image.ndim not in (2, 3)
        or channels not in (1, 3, 4)
        or not image.size
    ):
        raise UserError(
            f"the array given as an image is {image.dtype} of shape {image.shape}: give uint8 or "
            "uint16 of shape (H, W), (H, W, 1), (H, W, 3) in BGR or (H, W, 4) in BGRA order"
        )
    fast = [cv2.IMWRITE_PNG_COMPRESSION, 0]
    content = cv2.imencode(".png", np.ascontiguousarray(image), fast)[1].tobytes()
    decoder = "pillow" if backend == "pillow" else "cv2"
    return mmcv.imfrombytes(content, flag=flag, backend=decoder)


def _keeps_grayscale(read: Callable[[Any], Any]) -> bool:
    import numpy as np

    return read(np.zeros((1, 1), dtype=np.uint8)).ndim == 2


# Transforms that read the array in ``img``: mmpose's, and those of mmdet and mmseg


def _reader(toolbox: str) -> Any:
    name = "LoadImage" if toolbox == "mmpose" else "LoadImageFromNDArray"
    return getattr(import_module(f"{toolbox}.datasets.transforms"), name)


def _reads_unchanged(toolbox: str) -> bool:
    transform = _reader(toolbox)().transform
    return _keeps_grayscale(lambda image: transform({"img": image})["img"])


def _repair_reader(cls: Any) -> None:
    stock = cls.transform

    @wraps(stock)
    def transform(self: Any, results: dict[str, Any]) -> Any:
        if "img" in results:
            image = as_read(results["img"], flag=self.color_type, backend=self.imdecode_backend)
            results = {**results, "img": image}
        return stock(self, results)

    cls.transform = transform


# Drawing


def _repair_drawing(cls: Any, *, as_rgb: bool) -> None:
    """Let an Inferencer draw on arrays as on images from files, given in RGB if it expects that."""
    import numpy as np

    stock = cls.visualize
    step = -1 if as_rgb else 1  # through the channels

    @wraps(stock)
    def visualize(self: Any, inputs: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        images = [
            as_read(image)[..., ::step] if isinstance(image, np.ndarray) else image
            for image in inputs
        ]
        return stock(self, images, *args, **kwargs)

    cls.visualize = visualize


class _Canvas:
    """A stand-in for a visualizer that records the images that are drawn."""

    def __init__(self) -> None:
        self.images: list[Any] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return self._record

    def _record(self, *arguments: Any, **_: Any) -> None:
        self.images += [argument for argument in arguments if hasattr(argument, "shape")]


def _draws_as_rgb(cls: Any, **options: Any) -> bool:
    """Whether an Inferencer takes an array for RGB when it draws."""
    import numpy as np

    canvas = _Canvas()
    model = SimpleNamespace(dataset_meta={})
    inferencer = SimpleNamespace(
        visualizer=canvas, model=model, num_visualized_imgs=0, classes=None
    )
    pixel = np.array([[[1, 2, 3]]], dtype=np.uint8)
    cls.visualize(inferencer, [pixel], [None], **options)
    return np.array_equal(canvas.images[0], pixel)


def _repair(toolbox: str, cls: Any) -> None:
    reader = _reader(toolbox)
    _repair_drawing(cls, as_rgb=toolbox != "mmpose" and _draws_as_rgb(cls, return_vis=True))
    _repair_reader(reader)


# mmpretrain, whose Inferencers call mmcv.imread themselves


def _repair_imread(module: ModuleType) -> None:
    import numpy as np

    stock = module.imread

    @wraps(stock)
    def imread(image: Any, *args: Any, **kwargs: Any) -> Any:
        return as_read(image) if isinstance(image, np.ndarray) else stock(image, *args, **kwargs)

    vars(module)["imread"] = imread


def _repair_classification(module: ModuleType) -> None:
    cls = module.ImageClassificationInferencer
    _repair_drawing(cls, as_rgb=_draws_as_rgb(cls, show=True))
    _repair_imread(module)


def _patch(toolbox: str, module: str, name: str) -> Patch:
    return Patch(
        title=f"{toolbox}'s Inferencer treats arrays as files",
        waits_for=f"{toolbox}.apis.{module}",
        is_needed=lambda _: _reads_unchanged(toolbox),
        apply=lambda module: _repair(toolbox, vars(module)[name]),
    )


REPAIRS = (
    _patch("mmdet", "det_inferencer", "DetInferencer"),
    _patch("mmseg", "mmseg_inferencer", "MMSegInferencer"),
    _patch("mmpose", "inferencers.base_mmpose_inferencer", "BaseMMPoseInferencer"),
    *(
        Patch(
            title=f"mmpretrain's {name} treats arrays as files",
            waits_for=f"mmpretrain.apis.{module}",
            is_needed=lambda module: _keeps_grayscale(module.imread),
            apply=repair,
        )
        for name, module, repair in (
            ("Inferencer", "image_classification", _repair_classification),
            ("FeatureExtractor", "feature_extractor", _repair_imread),
            ("ImageRetrievalInferencer", "image_retrieval", _repair_imread),
        )
    ),
)
