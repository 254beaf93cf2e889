"""What the toolboxes write to disk is written whole, or its error names the file.

Broken: mmengine's local backend, by which drawings, dumps and the results of evaluators are
written, leaves half a file on a full disk, in the place of a whole one, and the error names none.
Its visualizer, by which training and mmseg's ``--show-dir`` draw, asks OpenCV to write, which says
nothing on a full disk or in a folder that is not there: the drawing is lost in silence.
Since: always, mmengine up to 0.10.7.
Can go: when mmengine writes to a temporary file, and looks at what ``cv2.imwrite`` returns.
"""

from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from hrnet_mm.post_import import Patch
from hrnet_mm.whole_file import whole_file


def _opens_in_place(module: ModuleType) -> bool:
    return "open" in module.LocalBackend.put.__code__.co_names


def _write_whole(module: ModuleType) -> None:
    stock = module.LocalBackend

    @wraps(stock.put)
    def put(self: Any, obj: bytes, filepath: str | Path) -> None:
        with whole_file(Path(filepath)) as unfinished:
            unfinished.write_bytes(obj)

    @wraps(stock.put_text)
    def put_text(self: Any, obj: str, filepath: str | Path, encoding: str = "utf-8") -> None:
        with whole_file(Path(filepath)) as unfinished:
            unfinished.write_text(obj, encoding=encoding)

    stock.put, stock.put_text = put, put_text


def _loses_drawings(module: ModuleType) -> bool:
    # Below its decorator. To try it out, OpenCV would print a warning.
    return "imwrite" in module.LocalVisBackend.add_image.__wrapped__.__code__.co_names


def _write_drawings(module: ModuleType) -> None:
    import cv2
    from mmengine.fileio import LocalBackend

    cls = module.LocalVisBackend

    @wraps(cls.add_image)
    def add_image(self: Any, name: str, image: Any, step: int = 0, **kwargs: Any) -> None:
        del kwargs  # of other backends, as in the stock method
        assert image.dtype == "uint8", image.dtype
        encoded, png = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        assert encoded, name
        LocalBackend().put(png.tobytes(), Path(self._img_save_dir, f"{name}_{step}.png"))

    cls.add_image = module.force_init_env(add_image)


REPAIRS = (
    Patch(
        title="mmengine writes local files whole",
        waits_for="mmengine.fileio.backends.local_backend",
        is_needed=_opens_in_place,
        apply=_write_whole,
    ),
    Patch(
        title="mmengine's drawings are written, or their error named",
        waits_for="mmengine.visualization.vis_backend",
        is_needed=_loses_drawings,
        apply=_write_drawings,
    ),
)
