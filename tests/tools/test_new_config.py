"""tools/new_config.py: from raw data to a picture by four commands without an edit; its ends."""

import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hrnet_mm import cli
from hrnet_mm.data.surveys.survey import Request
from tests.apis.own_data.test_config import request_for
from tests.conftest import REPOSITORY


def run(tool: str | Path, *arguments: object, patch: pytest.MonkeyPatch) -> None:
    script = REPOSITORY / "tools" / tool
    patch.setattr(sys, "argv", [str(script), *map(str, arguments)])
    runpy.run_path(str(script), run_name="__main__")


def arguments_of(task: str, request: Request) -> list[object]:
    images = ["--images", request.images] if request.images else []
    return ["--task", task, "--data", request.data, *images]


def with_pictures(request: Request) -> Request:
    """Give each image pixels of its own: the same ones in two splits are a fault."""
    generator = np.random.default_rng(0)
    folder = request.images or request.data
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png")):
        with Image.open(path) as image:
            width, height = image.size
        pixels = generator.integers(256, size=(height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return request


def printed_commands(printed: str) -> list[list[str]]:
    """Return the words of the commands that `new_config.py` has printed."""
    _, _, commands = printed.partition("\nthen:\n")
    return [shlex.split(command) for command in commands.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["pose", "det", "seg", "cls"])
def test_from_raw_data_to_a_picture(
    task: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = with_pictures(request_for(task, tmp_path / "my data"))
    monkeypatch.chdir(tmp_path)  # not that of the tools
    run("new_config.py", *arguments_of(task, request), "--out", "my set.py", patch=monkeypatch)
    printed = capsys.readouterr().out
    assert "written: my set.py" in printed
    check, train, predict = printed_commands(printed)

    run(*check[1:], patch=monkeypatch)
    assert "no fault in train" in capsys.readouterr().out

    workers = [f"{split}_dataloader.num_workers=0" for split in ("train", "val")]
    workers += [f"{split}_dataloader.persistent_workers=False" for split in ("train", "val")]
    fewer = ["--cfg-options", "train_cfg.max_epochs=2", *workers]
    run(*train[1:], *fewer, patch=monkeypatch)

    _, script, config, best, images = predict
    (checkpoint,) = tmp_path.glob(best)
    with pytest.raises(SystemExit) as end:
        run(script, config, checkpoint, images, "--out-dir", "out", patch=monkeypatch)
    assert not end.value.code
    assert any(path.suffix in (".jpg", ".png") for path in Path("out").rglob("*"))


def test_a_console_script_prints_commands_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request = request_for("cls", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    words = ["new_config", *map(str, arguments_of("cls", request)), "--out", "mine.py"]
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/hrnet-mm", *words])
    cli.main()
    commands = printed_commands(capsys.readouterr().out)
    assert [words[:3] for words in commands] == [
        ["hrnet-mm", verb, "mine.py"] for verb in ("check_data", "train", "predict")
    ]


def test_a_fault_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^error: there is no .*nowhere.json: check the path$"):
        run(
            "new_config.py",
            *arguments_of("det", Request(data=tmp_path))[:-1],
            tmp_path / "nowhere.json",
            "--out",
            tmp_path / "mine.py",
            patch=monkeypatch,
        )
