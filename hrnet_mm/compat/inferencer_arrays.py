"""The Inferencers take grey, RGBA and 16-bit arrays, and treat them as the same image from a file.

Broken: mmcv reads every file as three channels of 8 bits, blue first, but an array is used as it
is. One of shape (H, W) or (H, W, 4) stops the Inferencers of mmdet, mmpose, mmpretrain and mmseg,
nearly all, in the model's normalisation or the drawing; one of 16 bits is normalised as if it had
8, without a word. And mmdet, mmpretrain and mmseg draw on an array as if it were RGB, while the
model takes it as BGR: the colours of the pictures are swapped.
Since: ever, mmdet up to 3.3, mmpose up to 1.3.2, mmpretrain up to 1.2, mmseg up to 1.2.2.
Can go: when they take arrays as ``mmcv.imread(file, 'unchanged')`` gives them.

Mended: an array of uint8 or uint16 of shape (H, W), (H, W, 1), (H, W, 3) as BGR or (H, W, 4) as
BGRA is read as a PNG file of its content is: alpha is dropped, and 16 bits are cut to the upper 8.
Floating-point arrays of three channels go on as before, with the values of 8 bits; others are
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
    """Give the array that mmcv reads from a PNG file of an array's content.

    Args:
        image: The array, (H, W), (H, W, 1), (H, W, 3) in BGR or (H, W, 4) in BGRA order.
        flag: How files are read, as in ``mmcv.imread``.
        backend: What decodes them.

    Raises:
        UserError: No PNG file holds such an array.
    """
    import cv2
    import mmcv
    import numpy as np

    if flag == "unchanged" or backend == "tifffile":
        return image
    channels = image.shape[2] if image.ndim == 3 else 1
    if flag.startswith("color") and channels == 3 and image.size and _is_of_8_bits(image):
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


def _is_of_8_bits(image: Any) -> bool:
    import numpy as np

    return image.dtype == np.uint8 or np.issubdtype(image.dtype, np.floating)


def _mend_reader(cls: Any) -> None:
    """Mend a transform that takes the array in ``img``."""
    stock = cls.transform

    @wraps(stock)
    def transform(self: Any, results: dict[str, Any]) -> Any:
        if "img" in results:
            image = as_read(results["img"], flag=self.color_type, backend=self.imdecode_backend)
            results = {**results, "img": image}
        return stock(self, results)

    cls.transform = transform


def _mend_drawing(cls: Any, *, as_rgb: bool) -> None:
    """Mend an Inferencer that draws on the array that it was given, and may take it for RGB."""
    import numpy as np

    stock = cls.visualize

    @wraps(stock)
    def visualize(self: Any, inputs: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        images = list(inputs)
        for i, image in enumerate(images):
            if isinstance(image, np.ndarray):
                images[i] = as_read(image)[..., ::-1] if as_rgb else as_read(image)
        return stock(self, images, *args, **kwargs)

    cls.visualize = visualize


def _takes_arrays_for_rgb(cls: Any, **options: Any) -> bool:
    """Tell from what an Inferencer draws of a pixel with three values."""
    import numpy as np

    drawn = []

    def draw(name_or_image: Any, image: Any, *_: Any, **__: Any) -> None:
        drawn.append(name_or_image if isinstance(name_or_image, np.ndarray) else image)

    # All that drawing needs of an Inferencer.
    canvas = SimpleNamespace(
        add_datasample=draw,
        visualize_cls=draw,
        set_dataset_meta=lambda **_: None,
        get_image=lambda: None,
        close=lambda: None,
    )
    inferencer = SimpleNamespace(
        visualizer=canvas,
        model=SimpleNamespace(dataset_meta={}),
        num_visualized_imgs=0,
        classes=None,
    )
    pixel = np.array([[[1, 2, 3]]], dtype=np.uint8)
    cls.visualize(inferencer, [pixel], [None], **options)
    return np.array_equal(drawn[0], pixel)


def _keeps_grey(image: Any) -> bool:
    return image.ndim == 2


def _grey_pixel() -> Any:
    import numpy as np

    return np.zeros((1, 1), dtype=np.uint8)


# mmdet and mmseg, which have the same classes


def _reader(toolbox: str) -> Any:
    return import_module(f"{toolbox}.datasets.transforms").LoadImageFromNDArray


def _reads_as_it_is(toolbox: str) -> bool:
    return _keeps_grey(_reader(toolbox)().transform({"img": _grey_pixel()})["img"])


def _mend_toolbox(toolbox: str, cls: Any) -> None:
    as_rgb = _takes_arrays_for_rgb(cls, return_vis=True)
    _mend_reader(_reader(toolbox))
    _mend_drawing(cls, as_rgb=as_rgb)


# mmpose


def _mmpose_reads_as_it_is(_: ModuleType) -> bool:
    from mmpose.datasets.transforms import LoadImage

    results: Any = LoadImage().transform({"img": _grey_pixel()})
    return _keeps_grey(results["img"])


def _mend_mmpose(module: ModuleType) -> None:
    from mmpose.datasets.transforms import LoadImage

    _mend_drawing(module.BaseMMPoseInferencer, as_rgb=False)
    _mend_reader(LoadImage)


# mmpretrain, whose Inferencers call mmcv.imread themselves


def _mmpretrain_reads_as_it_is(module: ModuleType) -> bool:
    return _keeps_grey(module.imread(_grey_pixel()))


def _mend_imread(module: ModuleType) -> None:
    vars(module)["imread"] = _reading(module.imread)


def _mend_mmpretrain(module: ModuleType) -> None:
    cls, imread = module.ImageClassificationInferencer, _reading(module.imread)
    _mend_drawing(cls, as_rgb=_takes_arrays_for_rgb(cls, show=True))
    vars(module)["imread"] = imread


def _reading(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Let ``imread`` read an array too."""
    import numpy as np

    @wraps(stock)
    def imread(image: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(image, np.ndarray):
            return as_read(image)
        return stock(image, *args, **kwargs)

    return imread


REPAIRS = (
    Patch(
        title="mmdet's Inferencer treats arrays as files",
        waits_for="mmdet.apis.det_inferencer",
        is_needed=lambda _: _reads_as_it_is("mmdet"),
        apply=lambda module: _mend_toolbox("mmdet", module.DetInferencer),
    ),
    Patch(
        title="mmseg's Inferencer treats arrays as files",
        waits_for="mmseg.apis.mmseg_inferencer",
        is_needed=lambda _: _reads_as_it_is("mmseg"),
        apply=lambda module: _mend_toolbox("mmseg", module.MMSegInferencer),
    ),
    Patch(
        title="mmpose's Inferencers treat arrays as files",
        waits_for="mmpose.apis.inferencers.base_mmpose_inferencer",
        is_needed=_mmpose_reads_as_it_is,
        apply=_mend_mmpose,
    ),
    Patch(
        title="mmpretrain's Inferencer treats arrays as files",
        waits_for="mmpretrain.apis.image_classification",
        is_needed=_mmpretrain_reads_as_it_is,
        apply=_mend_mmpretrain,
    ),
    *(
        Patch(
            title=f"mmpretrain's {name} treats arrays as files",
            waits_for=f"mmpretrain.apis.{module}",
            is_needed=_mmpretrain_reads_as_it_is,
            apply=_mend_imread,
        )
        for name, module in (
            ("FeatureExtractor", "feature_extractor"),
            ("ImageRetrievalInferencer", "image_retrieval"),
        )
    ),
)
