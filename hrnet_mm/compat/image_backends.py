"""An image backend that is not installed is named, with the package to install.

Broken: asked for ``imdecode_backend='tifffile'`` or ``'turbojpeg'`` without its package, mmcv stops
at the first image with ``'NoneType' object has no attribute``; with PyTurboJPEG too, unless
``mmcv.use_backend`` was called before. ``use_backend`` itself does not tell where to get it.
Since: ever, mmcv up to 2.2.
Can go: when mmcv tells by itself, and starts TurboJPEG where it is first asked for.
"""

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from hrnet_mm.errors import UserError
from hrnet_mm.post_import import Patch

# By backend: what mmcv.image.io calls it, None where it is missing; and its package.
_PACKAGES = {
    "turbojpeg": ("TurboJPEG", "PyTurboJPEG"),
    "pillow": ("Image", "Pillow"),
    "tifffile": ("tifffile", "tifffile"),
}


def _stops_without_a_name(module: ModuleType) -> bool:
    for backend, (name, _) in _PACKAGES.items():
        if getattr(module, name) is None:
            try:
                module.imfrombytes(b"", backend=backend)
            except AttributeError:
                return True
            except Exception:
                pass
    return False


def _name_the_package(module: ModuleType) -> None:
    stock, stock_use = module.imfrombytes, module.use_backend

    @wraps(stock)
    def imfrombytes(
        content: bytes,
        flag: str = "color",
        channel_order: str = "bgr",
        backend: str | None = None,
    ) -> Any:
        _prepare(module, backend or module.imread_backend)
        return stock(content, flag, channel_order, backend)

    @wraps(stock_use)
    def use_backend(backend: str) -> None:
        _prepare(module, backend)
        stock_use(backend)

    _replace(stock, imfrombytes)
    _replace(stock_use, use_backend)


def _prepare(module: ModuleType, backend: str) -> None:
    if backend not in _PACKAGES:
        return
    name, package = _PACKAGES[backend]
    if getattr(module, name) is None:
        raise UserError(
            f"the image backend {backend!r} needs the package {package}, which is not installed: "
            f"pip install {package}, or choose another imdecode_backend, such as 'cv2'"
        )
    if backend == "turbojpeg" and module.jpeg is None:
        try:
            vars(module)["jpeg"] = module.TurboJPEG()
        except RuntimeError as error:
            raise UserError(
                f"the image backend 'turbojpeg' needs the library libturbojpeg ({error}): install "
                "it, or choose another imdecode_backend, such as 'cv2'"
            ) from error


def _replace(stock: Callable[..., Any], mended: Callable[..., Any]) -> None:
    for user in ("mmcv.image.io", "mmcv.image", "mmcv"):  # each has the name for itself
        names = vars(sys.modules[user])
        if names.get(stock.__name__) is stock:  # a package in the middle of its import has none
            names[stock.__name__] = mended


REPAIR = Patch(
    title="mmcv: a missing image backend is named",
    waits_for="mmcv.image.io",
    is_needed=_stops_without_a_name,
    apply=_name_the_package,
)
