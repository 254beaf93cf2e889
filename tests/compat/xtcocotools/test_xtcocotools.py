"""Where the stand-in serves, and that mmpose works with it."""

import re
from pathlib import Path

import numpy as np
import pytest

from hrnet_mm.compat import xtcocotools
from hrnet_mm.compat.xtcocotools import coco, cocoeval
from tests.compat.xtcocotools import reference
from tests.isolated import error_of, output_of, run_python, write_package

SHOW = "from hrnet_mm.post_import import outcomes; print(*outcomes.values()); "
MODULES = ("coco", "cocoeval", "mask")
WHERE = f"""
import importlib
for name in {MODULES}:
    print(importlib.import_module("xtcocotools." + name).__file__)
"""

# An environment without xtcocotools.
HIDE = """
import sys
from importlib.machinery import PathFinder

class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname == "xtcocotools":
            return None
        return super().find_spec(fullname, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Hiding
"""

DECODE = """
import numpy as np, xtcocotools.mask
mask = np.asfortranarray(np.tri(5, 4, dtype=np.uint8))
code = xtcocotools.mask.encode(mask)
assert (xtcocotools.mask.decode(code) == mask).all()
assert xtcocotools.mask.area(code) == mask.sum()
assert xtcocotools.mask.iou([code], [code], [0]) == 1
"""
# An annotation of COCO with a polygon, as bottom-up training reads it.
ANNOTATION = """
from xtcocotools.coco import COCO
coco = COCO()
square = {"id": 1, "image_id": 1, "segmentation": [[1, 1, 1, 4, 4, 4, 4, 1]]}
coco.imgs = {1: {"id": 1, "height": 6, "width": 5}}
assert coco.annToMask(square).sum() == 9
"""


def _served() -> list[str]:
    folder = Path(xtcocotools.__file__).parent
    return [str(folder / f"{name}.py") for name in MODULES]


def test_serves_where_there_is_none() -> None:
    assert error_of(HIDE + "import xtcocotools").startswith("ModuleNotFoundError")
    code = f"{HIDE}\nimport hrnet_mm\n{WHERE}\n{DECODE}\n{ANNOTATION}\n{SHOW}"
    assert output_of(code).splitlines() == [*_served(), "repaired"]


def test_is_found_as_packages_are() -> None:
    """Before its import too, by importlib and mmengine; what it has not is named."""
    code = HIDE + (
        "import hrnet_mm, importlib.util; print(importlib.util.find_spec('xtcocotools').origin); "
        "import xtcocotools; print(xtcocotools.__spec__.origin); "
        "from mmengine.utils import is_installed; print(is_installed('xtcocotools')); "
    )
    folder = str(Path(xtcocotools.__file__).parent)
    assert output_of(code).splitlines() == [folder, folder, "True"]
    error = error_of(HIDE + "import hrnet_mm, xtcocotools.version")
    assert error == "ModuleNotFoundError: No module named 'xtcocotools.version'"


def test_costs_nothing_until_it_is_imported() -> None:
    """Neither pycocotools nor numpy are there."""
    code = (
        f"import hrnet_mm, sys; {SHOW} import xtcocotools; {SHOW}"
        "print('numpy' in sys.modules, 'pycocotools' in sys.modules)"
    )
    lines = output_of(code, bare=True).splitlines()
    assert lines == ["not repaired: it takes pycocotools (pip install pycocotools)", "False False"]


BROKEN = {
    "numpy 1": "raise ValueError('numpy.dtype size changed')",
    "numpy is missing": "raise ImportError('numpy')",
    "numpy 2": "encode = list\ndef decode(_): raise AttributeError('NPY_OWNDATA')",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_serves_where_masks_do_not_work(kind: str, tmp_path: Path) -> None:
    files = {f"xtcocotools/{name}.py": "" for name in MODULES}
    write_package(tmp_path, files=files | {"xtcocotools/_mask.py": BROKEN[kind]})
    code = f"import hrnet_mm\n{WHERE}\n{SHOW}"
    assert output_of(code, packages=tmp_path).splitlines() == [*_served(), "repaired"]


def test_masks_of_one_that_is_loaded_already(tmp_path: Path) -> None:
    """Who has imported it keeps its module, which works from then on."""
    write_package(
        tmp_path,
        files={"xtcocotools/mask.py": "decode = None", "xtcocotools/_mask.py": BROKEN["numpy 1"]},
    )
    code = f"from xtcocotools import mask as first\nimport hrnet_mm\n{DECODE}\n{SHOW}"
    code += "assert first is xtcocotools.mask"
    assert output_of(code, packages=tmp_path) == "repaired"


def test_stands_aside_where_masks_decode(tmp_path: Path) -> None:
    working = "encode = decode = lambda masks: masks"
    files = {f"xtcocotools/{name}.py": "" for name in MODULES}
    write_package(tmp_path, files=files | {"xtcocotools/_mask.py": working})
    lines = output_of(f"import hrnet_mm\n{WHERE}\n{SHOW}", packages=tmp_path).splitlines()
    assert lines == [*(str(tmp_path / file) for file in files), "not needed"]


def test_one_without_pycocotools_still_evaluates_keypoints(tmp_path: Path) -> None:
    write_package(
        tmp_path,
        files={"xtcocotools/cocoeval.py": "", "xtcocotools/_mask.py": BROKEN["numpy 2"]},
    )
    code = "import sys; sys.modules['pycocotools'] = None; import hrnet_mm, xtcocotools.cocoeval; "
    outcome = output_of(code + SHOW, packages=tmp_path)
    assert outcome == "not repaired: it takes pycocotools (pip install pycocotools)"


def test_the_doctor_shows_what_serves(tmp_path: Path) -> None:
    write_package(tmp_path, files={"pycocotools/coco.py": ""})
    report = run_python("-m", "hrnet_mm", packages=tmp_path, bare=True).stdout
    (line,) = [line for line in report.splitlines() if line.startswith("xtcocotools")]
    assert re.split(r" {2,}", line) == [xtcocotools.REPAIR.title, "repaired"]


# mmpose


@pytest.mark.filterwarnings("ignore:detections without")
def test_metrics_of_mmpose(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = "mmpose.evaluation.metrics"
    monkeypatch.setattr(f"{metrics}.coco_metric.COCO", coco.COCO)
    for module in ("coco_metric", "coco_wholebody_metric"):
        monkeypatch.setattr(f"{metrics}.{module}.COCOeval", cocoeval.COCOeval)
    figures = reference.mmpose_metrics()
    with np.load(reference.FILE) as expected:
        for name, values in figures.items():
            np.testing.assert_allclose(values, expected[name], rtol=0, atol=1e-12, err_msg=name)
    assert len(figures) == 4


ALL_OF_MMPOSE = """
import importlib, pkgutil
import hrnet_mm, mmpose
names = [m.name for m in pkgutil.walk_packages(mmpose.__path__, "mmpose.") if ".mim" not in m.name]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@pytest.mark.slow
def test_all_of_mmpose_imports() -> None:
    assert int(output_of(HIDE + ALL_OF_MMPOSE)) > 200


PIPELINES = """
import sys
import hrnet_mm, mmpose.datasets
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

init_default_scope("mmpose")
folder = sys.argv[1]
codec = dict(type="MSRAHeatmap", input_size=(48, 64), heatmap_size=(12, 16), sigma=2)
associative = dict(
    type="AssociativeEmbedding", input_size=(64, 64), heatmap_size=(16, 16), use_udp=False,
    decode_keypoint_order=[*range(17)],
)
pipelines = dict(
    topdown=[
        dict(type="GetBBoxCenterScale"),
        dict(type="TopdownAffine", input_size=(48, 64)),
        dict(type="GenerateTarget", encoder=codec),
    ],
    bottomup=[
        dict(type="BottomupRandomAffine", input_size=(64, 64)),
        dict(type="GenerateTarget", encoder=associative),
        dict(type="BottomupGetHeatmapMask"),
    ],
)
for mode, steps in pipelines.items():
    dataset = DATASETS.build(dict(
        type="CocoDataset", data_root=folder, data_mode=mode, ann_file="test_coco.json",
        data_prefix=dict(img=""),
        pipeline=[dict(type="LoadImage"), *steps, dict(type="PackPoseInputs")],
    ))
    fields = [dataset[index]["data_samples"].gt_fields for index in range(len(dataset))]
    print(mode, len(fields), tuple(fields[0].heatmaps.shape))
    if mode == "bottomup":
        print(*sorted(f"{field.heatmap_mask.float().mean():.2f}" for field in fields))
"""


@pytest.mark.slow
def test_pipelines_of_mmpose(coco_tiny: Path) -> None:
    """Top-down, and bottom-up, which masks what is not annotated."""
    done = run_python("-c", HIDE + PIPELINES, str(coco_tiny))
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(("topdown", "bottomup"))]
    assert lines == ["topdown 12 (17, 16, 12)", "bottomup 4 (17, 16, 16)"]
    masked = done.stdout.splitlines()[-1].split()
    assert float(masked[0]) < 1.0
