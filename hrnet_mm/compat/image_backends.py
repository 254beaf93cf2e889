"""The error of a missing image backend names the package to install.

Broken: asked for ``imdecode_backend='tifffile'`` or ``'turbojpeg'`` without its package, mmcv stops
at the first image with ``'NoneType' object has no attribute``; with PyTurboJPEG too, unless
``mmcv.use_backend`` was called before. ``use_backend`` itself does not name the package.
Since: always, mmcv up to 2.2.
Can go: when mmcv names the package, and creates TurboJPEG at its first use.
"""

from functools import wraps
from types import ModuleType
from typing import Any

from hrnet_mm.errors import UserError
from hrnet_mm.post_import import Patch, replace_function

# By backend: its name in mmcv.image.io, which is None where it is missing, and its package.
_PACKAGES = {
    "turbojpeg": ("TurboJPEG", "PyTurboJPEG"),
    "pillow": ("Image", "Pillow"),
    "tifffile": ("tifffile", "tifffile"),
}


def _has_unclear_error(module: ModuleType) -> bool:
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
        content: bytes, flag: str = "color", channel_order: str = "bgr", backend: str | None = None
    ) -> Any:
        _require(module, backend or module.imread_backend)
        return stock(content, flag, channel_order, backend)

    @wraps(stock_use)
    def use_backend(backend: str) -> None:
        _require(module, backend)
        stock_use(backend)

    replace_function(module, stock, imfrombytes)
    replace_function(module, stock_use, use_backend)


def _require(module: ModuleType, backend: str) -> None:
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


REPAIR = Patch(
    title="mmcv: a missing image backend is named",
    waits_for="mmcv.image.io",
    is_needed=_has_unclear_error,
    apply=_name_the_package,
)
