"""Models for predictions, made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from hrnet_mm.apis.predictor import Predictor
from tests.apis.models import ToyModel, write_toy_model

TASKS = ("pose", "seg", "det", "cls")


@pytest.fixture(scope="session")
def toy_model(
    toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], ToyModel]:
    """Gives the files of a task's model."""
    return cache(lambda task: write_toy_model(task, toy_scenes, tmp_path_factory.mktemp(task)))


@pytest.fixture(scope="session")
def toy_predictor(toy_model: Callable[[str], ToyModel]) -> Callable[[str], Predictor]:
    """Gives a task's predictor, which keeps every score."""

    @cache
    def make(task: str) -> Predictor:
        model = toy_model(task)
        threshold = None if task == "seg" else 0.0
        return Predictor(model.config, model.checkpoint, score_threshold=threshold, batch_size=2)

    return make


@pytest.fixture
def images(toy_scenes: Path) -> list[Path]:
    """The three images of the validation split."""
    return sorted((toy_scenes / "leftImg8bit/val").rglob("*.png"))
