"""What computes the network in a test, and which wishes are refused."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.deploy.tasks import FeaturesTask
from hrnet_mm.errors import UserError
from hrnet_mm.launch import tested_network as module
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.tested_network import (
    ChosenNetwork,
    NetworkChoice,
    NetworkHook,
    chosen_network,
)
from hrnet_mm.launch.testing import test as run_test
from tests.apis.models import ToyModel
from tests.deploy.bundles import example_bundle, write_bundle


def chosen(weights: Path, *, launcher: str = "none", **choice: Any) -> ChosenNetwork:
    options = RunOptions(config="config.py", launcher=launcher)
    with chosen_network(options, weights=str(weights), choice=NetworkChoice(**choice)) as network:
        return network


def test_a_checkpoint_stays_as_it_is_unless_something_is_asked_for() -> None:
    assert chosen(Path("a.pth")) == ChosenNetwork(runtime=None, weights="a.pth")
    assert chosen(Path("a.pth"), runtime="compile").runtime == "compile"
    assert chosen(Path("a.pth"), half=True) == ChosenNetwork(
        runtime="eager", half=True, weights="a.pth"
    )


@pytest.mark.parametrize("runtime", [None, "onnxruntime", "openvino"])
def test_a_bundle_runs_on_what_reads_it(runtime: str | None, tmp_path: Path) -> None:
    write_bundle(tmp_path, "seg")
    network = chosen(tmp_path, runtime=runtime)
    assert network == ChosenNetwork(runtime=runtime or "onnxruntime", bundle=tmp_path)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (dict(half=True), "--half: the bundle .* has its precision; export it with --half"),
        (dict(runtime="eager"), "--runtime eager: .* is a bundle; give its checkpoint"),
    ],
)
def test_wishes_that_a_bundle_cannot_meet_are_refused(
    choice: Any, message: str, tmp_path: Path
) -> None:
    write_bundle(tmp_path, "seg")
    with pytest.raises(UserError, match=message):
        chosen(tmp_path, **choice)


def test_a_folder_without_a_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is no bundle: it has no model\.json"):
        chosen(tmp_path)
    example_bundle(task=FeaturesTask()).write(tmp_path)
    with pytest.raises(UserError, match="has no head, only feature maps: give the checkpoint"):
        chosen(tmp_path)


def test_an_export_is_for_one_process() -> None:
    with pytest.raises(UserError, match="--runtime openvino: export a bundle first"):
        chosen(Path("a.pth"), launcher="pytorch", runtime="openvino")


def test_an_export_is_deleted_after_the_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, seen = tmp_path / "config.py", []
    config.write_text(
        'default_scope = "mmseg"\ntest_dataloader = dict(dataset=dict(pipeline=[]))\n'
    )

    def export(options: Any) -> Any:
        seen.append(options)
        options.out.mkdir()
        return example_bundle("seg")

    monkeypatch.setattr(module, "export", export)
    options = RunOptions(config=str(config))
    choice = NetworkChoice(runtime="openvino", half=True)
    with chosen_network(options, weights="a.pth", choice=choice) as network:
        assert network.bundle is not None
        assert network.bundle.is_dir()
    assert not network.bundle.parent.exists()
    assert (seen[0].form.format, seen[0].form.half) == ("openvino", True)
    assert "exported a.pth to openvino in" in capsys.readouterr().out


def test_each_process_runs_a_bundle_on_its_own_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path, "seg")
    devices = []

    def open_graphs(*_: Any, device: str, **__: Any) -> dict[str, Any]:
        devices.append(device)
        return {}

    monkeypatch.setattr(module, "open_graphs", open_graphs)
    monkeypatch.setattr(module, "cuda_is_built_in", lambda _: True)
    monkeypatch.setattr(module, "check_fits", lambda *_, **__: None)
    parameter = SimpleNamespace(device=torch.device("cuda:3"))
    dataset = SimpleNamespace(metainfo={})
    runner: Any = SimpleNamespace(
        model=SimpleNamespace(parameters=lambda: iter([parameter]), decode_head=[]),
        test_dataloader=SimpleNamespace(dataset=dataset),
    )
    cfg = Config(dict(default_scope="mmseg", test_dataloader=dict(dataset=dict(pipeline=[]))))
    monkeypatch.setattr(module, "replace_network", lambda *_, **__: None)
    hook = NetworkHook(ChosenNetwork(runtime="onnxruntime", bundle=tmp_path), cfg)
    hook.before_test(runner)
    hook.after_test_iter(runner, 0, outputs=[None])
    assert devices == ["cuda:3"]
    assert hook.measured["runtime_device"] == "cuda"


@pytest.mark.parametrize("task", ["seg", "cls"])
def test_a_bundle_of_another_model_ends_a_test(
    task: str, toy_model: Callable[[str], ToyModel], tmp_path: Path
) -> None:
    model, bundle = toy_model("seg"), tmp_path / "bundle"
    bundle.mkdir()
    write_bundle(bundle, task)
    message = "number of classes is 2" if task == "seg" else "its task is cls, that of the config"
    with pytest.raises(UserError, match=message):
        run_test(
            RunOptions(config=str(model.config), work_dir=str(tmp_path / "work")),
            checkpoint=str(bundle),
            out=str(tmp_path / "metrics.json"),
            show_dir=None,
            dump=None,
            tta=False,
            choice=NetworkChoice(),
        )
    assert not (tmp_path / "metrics.json").exists()
