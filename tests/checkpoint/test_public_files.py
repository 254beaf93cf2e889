"""Whoever took mmengine's loading by name before this package came loads public files too."""

import pytest

from tests.isolated import output_of

CODE = """
import sys, types
import mmengine.runner.checkpoint as checkpoint
stock = checkpoint._load_checkpoint_to_model
inferencer = types.ModuleType("someones_inferencer")
inferencer._load_checkpoint_to_model = stock
sys.modules["someones_inferencer"] = inferencer
import hrnet_mm
users = ["mmengine.runner.checkpoint", "mmengine.runner.runner", "mmengine.infer.infer",
         "someones_inferencer"]
for name in users:
    user = vars(sys.modules.get(name) or types.ModuleType(name))
    print(user.get("_load_checkpoint_to_model") is stock)
"""


@pytest.mark.slow
def test_modules_that_took_the_function_by_name_get_the_new_one() -> None:
    assert set(output_of(CODE).splitlines()) == {"False"}
