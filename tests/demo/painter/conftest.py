"""What the tests of the painter share."""

from pathlib import Path

import pytest

from demo.painter import write_toy_scenes

NUM_TRAIN, NUM_VAL = 8, 3


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "toy"
    return write_toy_scenes(root, seed=3, num_train=NUM_TRAIN, num_val=NUM_VAL, processes=1)
