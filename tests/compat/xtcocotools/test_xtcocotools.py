"""xtcocotools decodes masks with numpy 2."""

from pathlib import Path

import pytest

from tests.isolated import error_of, output_of, write_package

DECODE = """
import numpy as np, xtcocotools.mask
mask = np.asfortranarray(np.tri(5, 4, dtype=np.uint8))
code = xtcocotools.mask.encode(mask)
assert (xtcocotools.mask.decode(code) == mask).all()
assert xtcocotools.mask.area(code) == mask.sum()
assert xtcocotools.mask.iou([code], [code], [0]) == 1
"""
SHOW = "from hrnet_mm.post_import import outcomes; print(*outcomes.values())"

# An annotation of COCO with a polygon, as bottom-up training reads it.
ANNOTATION = """
from xtcocotools.coco import COCO
coco = COCO()
square = {"id": 1, "image_id": 1, "segmentation": [[1, 1, 1, 4, 4, 4, 4, 1]]}
coco.imgs = {1: {"id": 1, "height": 6, "width": 5}}
assert coco.annToMask(square).sum() == 9
"""


def test_stock_masks_do_not_decode() -> None:
    assert error_of(DECODE).startswith("AttributeError: module 'numpy' has no attribute")


def test_masks() -> None:
    assert output_of(f"import hrnet_mm\n{DECODE}\n{ANNOTATION}\n{SHOW}") == "repaired"


def test_masks_that_are_loaded_already() -> None:
    code = f"import xtcocotools.coco, hrnet_mm\n{DECODE}\n{ANNOTATION}\n{SHOW}"
    assert output_of(code) == "repaired"


@pytest.mark.parametrize(
    "error", ["ValueError('numpy.dtype size changed')", "ImportError('numpy')"]
)
def test_masks_that_do_not_import(error: str, tmp_path: Path) -> None:
    write_package(tmp_path, files={"xtcocotools/_mask.py": f"raise {error}"})
    code = "import hrnet_mm; from xtcocotools import _mask; print(_mask.__name__); " + SHOW
    assert output_of(code, packages=tmp_path) == "pycocotools._mask\nrepaired"


def test_stands_aside_where_masks_decode(tmp_path: Path) -> None:
    working = "encode = decode = lambda masks: masks"
    write_package(tmp_path, files={"xtcocotools/_mask.py": working})
    code = "import hrnet_mm; from xtcocotools import _mask; print(_mask.__name__); " + SHOW
    assert output_of(code, packages=tmp_path) == "xtcocotools._mask\nnot needed"


def test_without_pycocotools_keypoints_are_still_evaluated() -> None:
    code = "import sys; sys.modules['pycocotools'] = None; import hrnet_mm, xtcocotools.cocoeval; "
    assert output_of(code + SHOW) == "not repaired: it takes pycocotools (pip install pycocotools)"
