"""What all tests share."""

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"  # instead of what the worker inherits from the next line
os.environ.setdefault("OMP_NUM_THREADS", "2")

import pytest
import torch
from mmengine.registry import DefaultScope
from mmengine.visualization import Visualizer

import hrnet_mm  # noqa: F401  (installs the repairs before any toolbox is imported)
from demo.painter import write_toy_scenes

if TYPE_CHECKING:
    from hrnet_mm.apis.predictor import Predictor
    from tests.apis.models import ToyModel

REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def pytest_configure() -> None:
    """Heed Ctrl-C, which a shell without job control lets its background processes ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked gpu on machines without one."""
    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


def pytest_collection_finish() -> None:
    """Spare what is imported by now the search for garbage, which each dataset asks for: 0.3 s."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _write_configs_as_they_are() -> Iterator[None]:
    """Leave out yapf's layout of the configs that runs write: up to 2 s for each run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmengine.config.config.FormatCode", lambda text, **_: (text, True))
        yield


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _forget_the_last_run() -> Iterator[None]:
    """Forget a test's default toolbox, from which the next would build, and where it drew."""
    yield
    for kind in (DefaultScope, *_with_subclasses(Visualizer)):
        kind._instance_dict.clear()


def _with_subclasses(kind: Any) -> Iterator[Any]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from _with_subclasses(subclass)


@pytest.fixture
def unused_port() -> int:
    """A port that no other test has, nor another run of the tests on this machine."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


@pytest.fixture(scope="session")
def coco_tiny() -> Path:
    """Four images of COCO with person keypoints."""
    return _shared("coco_tiny")


@pytest.fixture(scope="session")
def mirror_mouse() -> Path:
    """Ninety images of a mouse with keypoints."""
    return _shared("mirror_mouse")


@pytest.fixture(scope="session")
def camvid() -> Path:
    """Road scenes of 480×360 with label maps."""
    return _shared("camvid")


def _shared(name: str) -> Path:
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"needs the dataset {name} in {folder.parent}")
    return folder


@pytest.fixture(scope="session")
def toy_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small set of toy scenes."""
    root = tmp_path_factory.mktemp("data") / "toy"
    return write_toy_scenes(root, num_train=6, num_val=3, processes=1)


@pytest.fixture(scope="session")
def toy_model(
    toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], "ToyModel"]:
    """Gives the files of a task's small model, made once."""
    from tests.apis.models import write_toy_model

    return cache(lambda task: write_toy_model(task, toy_scenes, tmp_path_factory.mktemp(task)))


@pytest.fixture(scope="session")
def toy_predictor(toy_model: Callable[[str], "ToyModel"]) -> Callable[[str], "Predictor"]:
    """Gives a task's predictor, which keeps every score."""
    from hrnet_mm.apis.predictor import Predictor

    @cache
    def make(task: str) -> "Predictor":
        model = toy_model(task)
        threshold = None if task == "seg" else 0.0
        return Predictor(model.config, model.checkpoint, score_threshold=threshold, batch_size=2)

    return make


@pytest.fixture
def images(toy_scenes: Path) -> list[Path]:
    """The three images of the toy scenes' validation split."""
    return sorted((toy_scenes / "leftImg8bit/val").rglob("*.png"))
