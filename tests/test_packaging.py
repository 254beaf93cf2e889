"""Wheels and editable installs carry configs and the model index to where tools look for them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hrnet_mm import __version__
from tests.conftest import REPOSITORY
from tests.deploy.bundles import write_bundle
from tests.zoo.configs import leaves

CONFIG = "det/coco/mmdet/faster-rcnn_hrnetv2p-w32-1x_coco.py"
LOOK_UP = f"""
import hrnet_mm
from mmengine.hub import get_config
from mmengine.infer import BaseInferencer
cfg = get_config("hrnet_mm::{CONFIG}", pretrained=True)
assert cfg.model.backbone.arch == "w32"
assert cfg.model_path.startswith("https://download.openmmlab.com/mmdetection/"), cfg.model_path
assert get_config("hrnet_mm::_base_/det/default_runtime.py").randomness.seed == 0
print(hrnet_mm.__file__, len(BaseInferencer.list_models("hrnet_mm")))
"""


def pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--no-deps", "--no-build-isolation", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def look_up(folder: Path, path: str = "") -> tuple[Path, int]:
    """Find a config by name in a process that knows ``folder`` alone; return what was found."""
    code = f"import sys; sys.path.insert(0, {path!r}); {LOOK_UP}" if path else LOOK_UP
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    file, number = done.stdout.splitlines()[-1].rsplit(" ", 1)
    return Path(file), int(number)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository, as git knows them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    root = tmp_path_factory.mktemp("checkout")
    for name in listed.stdout.splitlines():
        source, target = REPOSITORY / name, root / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return root


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", str(checkout), "--wheel-dir", str(folder))
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path) -> Path:
    """A folder where the wheel is installed."""
    pip("install", str(wheel), "--target", str(wheel.parent / "site"))
    return wheel.parent / "site"


@pytest.mark.slow
def test_a_wheel_has_configs_tools_index_and_published_results(
    wheel: Path, site: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"hrnet_mm/.mim/configs/{name}" for name in leaves()} <= names
    assert {
        "hrnet_mm/.mim/model-index.yml",
        "hrnet_mm/.mim/tools/train.py",
        "hrnet_mm/.mim/tools/dist_train.sh",
        "hrnet_mm/.mim/configs/det/coco/metafile.yml",
        "hrnet_mm/benchmark/published.yml",
    } <= names
    # Nothing else of the repository: no demo with its painter, no tests, no documents.
    tops = {name.split("/")[0] for name in names}
    assert tops == {"hrnet_mm", f"hrnet_mm-{__version__}.dist-info"}
    shared = {name.split("/")[2] for name in names if name.startswith("hrnet_mm/.mim/")}
    assert shared == {"configs", "tools", "model-index.yml"}
    assert not any("model_zoo.md" in name for name in names)

    file, number = look_up(tmp_path, path=str(site))
    assert site in file.parents
    assert number == len(leaves())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("--help", 0, "  train "),
        ("doctor", 0, "hrnet_mm"),
        ("test --help", 0, "usage: hrnet-mm test [-h]"),
        # Found by its name; its data are not in the folder.
        ("train hrnet-w18_4xb32-100e_in1k", 1, "error: train_dataloader.dataset"),
    ],
)
def test_the_console_script_of_a_wheel_needs_no_checkout(
    words: str, status: int, said: str, site: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [str(site / "bin/hrnet-mm"), *words.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done.stderr


@pytest.mark.slow
def test_an_editable_install_links_to_the_configs(checkout: Path, tmp_path: Path) -> None:
    pip("install", "--editable", str(checkout), "--target", str(tmp_path / "site"))
    links = checkout / "hrnet_mm/.mim"
    assert (links / "configs").resolve() == checkout / "configs"
    assert (links / "model-index.yml").resolve() == checkout / "model-index.yml"


def test_this_install_finds_configs_by_name(tmp_path: Path) -> None:
    _, number = look_up(tmp_path)
    assert number == len(leaves())


BARE = """
import sys
from importlib.util import find_spec
from hrnet_mm.deploy.runtime import load_bundle
import cv2

assert not any(map(find_spec, ("torch", "mmengine", "mmcv", "PIL")))
image = cv2.imread(sys.argv[1])
for task in sys.argv[2:]:
    print(load_bundle(task)(image))
"""


@pytest.mark.slow
def test_bundles_predict_where_nothing_but_the_runtime_is(
    wheel: Path, images: list[Path], tmp_path: Path
) -> None:
    tasks = ("pose", "seg", "cls")
    for task in tasks:
        (tmp_path / task).mkdir()
        write_bundle(tmp_path / task, task)
    python = str(tmp_path / "environment/bin/python")
    for command in (
        [sys.executable, "-m", "venv", str(tmp_path / "environment")],
        [python, "-m", "pip", "install", "-q", "numpy", "opencv-python-headless", "onnxruntime"],
        [python, "-m", "pip", "install", "-q", "--no-deps", str(wheel)],
        [python, "-c", BARE, str(images[0]), *tasks],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    for kind in ("Poses(", "LabelMap(", "ClassScores("):
        assert kind in done.stdout
