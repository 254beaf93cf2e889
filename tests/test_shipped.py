"""Commands of other tools that a tool prints can be typed as they are."""

import sys
from pathlib import Path

import pytest

from hrnet_mm.shipped import SHIPPED, command_of


@pytest.mark.parametrize(
    ("called", "command"),
    [
        ("hrnet-mm new_config", "hrnet-mm train"),
        ("tools/new_config.py", "python tools/train.py"),
        ("/elsewhere/a_script.py", "python tools/train.py"),
    ],
)
def test_a_command_is_called_as_the_running_one(
    called: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SHIPPED)
    monkeypatch.setattr(sys, "argv", [called])
    assert command_of("train") == command


def test_a_folder_with_a_space_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my tools"
    folder.mkdir()
    (folder / "train.py").touch()
    monkeypatch.setattr(sys, "argv", [str(folder / "new_config.py")])
    assert command_of("train") == f"python '{folder}/train.py'"
