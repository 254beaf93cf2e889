"""What a training refuses, and what it adds to a config."""

from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.errors import UserError
from hrnet_mm.launch import training
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.training import train

PARTS = ("train_dataloader", "train_cfg", "optim_wrapper")


@pytest.mark.parametrize("missing", PARTS)
@pytest.mark.parametrize("amp", [False, True])
def test_a_config_that_is_to_test_only_is_refused(missing: str, amp: bool, tmp_path: Path) -> None:
    config = tmp_path / "tests.py"
    config.write_text("\n".join(f"{part} = dict(type='A')" for part in PARTS if part != missing))
    options = RunOptions(config=str(config), work_dir=str(tmp_path / "work"))
    with pytest.raises(UserError, match=rf"tests\.py has no {missing}: give a config that trains"):
        train(options, resume=None, amp=amp, auto_scale_lr=False)
    assert not (tmp_path / "work").exists()


def test_a_config_may_have_no_hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "trains.py"
    lines = [*(f"{part} = dict(type='A')" for part in PARTS), "custom_hooks = None"]
    config.write_text("\n".join(lines))
    options = RunOptions(config=str(config), work_dir=str(tmp_path / "work"))

    class BuiltError(Exception):
        pass

    def build(cfg: Any, **_: Any) -> Any:
        kinds = [hook["type"] for hook in cfg.custom_hooks]
        assert kinds == ["CompileHook", "SkipBadSamplesHook"]
        raise BuiltError

    monkeypatch.setattr(training, "build_checked_runner", build)
    with pytest.raises(BuiltError):
        train(
            options, resume=None, amp=False, auto_scale_lr=False, compiled=True, skip_bad_samples=1
        )
