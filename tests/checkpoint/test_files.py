"""Safetensors files that cannot be read."""

from pathlib import Path

import pytest
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader

from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import ARCH
from tests.checkpoint.official import write_official


def test_a_damaged_safetensors_file_is_an_error(tmp_path: Path) -> None:
    path = write_official("pose", tmp_path, suffix=".safetensors")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"pose\.safetensors: it is truncated, damaged"):
        load_checkpoint(HRNetBackbone(ARCH), str(path))
    with pytest.raises(FileNotFoundError, match=r"no\.safetensors"):
        load_checkpoint(HRNetBackbone(ARCH), str(tmp_path / "no.safetensors"))


def test_safetensors_by_address_say_what_to_do() -> None:
    with pytest.raises(CheckpointError, match="download it"):
        CheckpointLoader.load_checkpoint("https://example.org/model.safetensors")
