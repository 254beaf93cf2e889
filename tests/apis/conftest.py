"""What tests of predictions share."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from hrnet_mm.apis.predictor import Predictor
from tests.apis.models import ToyModel


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
def file_limit() -> Iterator[None]:
    """Let no file grow beyond 50 kB, like a disk that is full then."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
