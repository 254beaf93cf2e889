"""Models for predictions, made once."""

from collections.abc import Callable
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
