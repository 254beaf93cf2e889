"""The files that a test writes."""

import json
from pathlib import Path

import pytest

from hrnet_mm.errors import UserError
from hrnet_mm.launch import testing
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.tested_network import NetworkChoice
from hrnet_mm.launch.testing import write_result


def test_name_of_the_predictions(tmp_path: Path) -> None:
    config = tmp_path / "small.py"
    config.touch()
    options = RunOptions(config=str(config))
    with pytest.raises(ValueError, match=r"--dump out\.json: give a name that ends in \.pkl"):
        testing.test(
            options,
            checkpoint="no.pth",
            out=None,
            show_dir=None,
            dump="out.json",
            tta=False,
            choice=NetworkChoice(),
        )


def test_without_a_checkpoint_there_must_be_public_weights(tmp_path: Path) -> None:
    config = tmp_path / "small.py"
    config.touch()
    with pytest.raises(ValueError, match=r"small\.py is a config file: give a checkpoint too"):
        testing.test(
            RunOptions(config=str(config)),
            checkpoint=None,
            out=None,
            show_dir=None,
            dump=None,
            tta=False,
            choice=NetworkChoice(),
        )


@pytest.mark.parametrize("has_hook", [False, True])
def test_predictions_are_shown_by_what_the_config_has(has_hook: bool, tmp_path: Path) -> None:
    config = tmp_path / "small.py"
    hooks = "default_hooks = dict(visualization=dict(type='SegVisualizationHook'))"
    config.write_text(f"default_scope = 'mmseg'\n{hooks * has_hook}")
    missing = "visualizer" if has_hook else "default_hooks.visualization"
    with pytest.raises(UserError, match=f"--show-dir: the config has no {missing}"):
        testing.test(
            RunOptions(config=str(config)),
            checkpoint="no.pth",
            out=None,
            show_dir="shown",
            dump=None,
            tta=False,
            choice=NetworkChoice(),
        )


def test_result_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results" / "out.json"
    write_result(path, metrics={"AP": 0.5}, config="small.py")
    before = path.read_text()
    assert json.loads(before)["metrics"] == {"AP": 0.5}
    assert [*path.parent.iterdir()] == [path]
    monkeypatch.setattr(json, "dumps", lambda *_, **__: "\udc80")  # which cannot be written
    with pytest.raises(UnicodeEncodeError):
        write_result(path, metrics={"AP": 0.6}, config="small.py")
    assert path.read_text() == before
