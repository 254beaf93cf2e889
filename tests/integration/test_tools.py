"""tools/train.py and tools/test.py: OpenMMLab's flags do what they do there."""

import json
import pickle
import runpy
import shlex
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.launch.precision import cpu_gains_by_bfloat16
from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy


@pytest.fixture(scope="module")
def config(toy_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's config on a few scenes, for one epoch."""
    path = tmp_path_factory.mktemp("config") / "tiny.py"
    options = {
        "train_cfg.max_epochs": 1,
        "train_cfg.val_interval": 1,
        "default_hooks.checkpoint.interval": 1,
        "auto_scale_lr": dict(base_batch_size=32),
        "param_scheduler": [],
    }
    small_toy("pose", toy_scenes, **options).dump(path)
    return path


@pytest.fixture(scope="module")
def trained(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished training."""
    work_dir = tmp_path_factory.mktemp("trained")
    run("train.py", str(config), "--work-dir", str(work_dir))
    return work_dir


def run(tool: str, *arguments: str) -> None:
    """Run a tool as the command line does, in this process."""
    before = sys.argv
    sys.argv = [tool, *arguments]
    try:
        runpy.run_path(str(REPOSITORY / "tools" / tool), run_name="__main__")
    finally:
        sys.argv = before


def learning_rate(work_dir: Path) -> float:
    checkpoint = torch.load(work_dir / "epoch_1.pth", weights_only=True)
    return checkpoint["optimizer"]["param_groups"][0]["lr"]


def test_train_leaves_a_checkpoint_a_config_a_log_and_a_report(trained: Path, config: Path) -> None:
    assert (trained / "last_checkpoint").read_text() == str(trained / "epoch_1.pth")
    assert (trained / config.name).is_file()
    assert list(trained.glob("*/*.log"))
    assert f"`{shlex.join(sys.orig_argv)}`" in (trained / "report.md").read_text()
    assert learning_rate(trained) == pytest.approx(3e-3)


def test_resume_goes_on_from_the_last_checkpoint(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    options = ["--cfg-options", "train_cfg.max_epochs=2"]
    checkpoint = str(trained / "epoch_1.pth")
    run("train.py", str(config), "--work-dir", str(tmp_path), "--resume", checkpoint, *options)
    assert not (tmp_path / "epoch_1.pth").exists()
    meta = torch.load(tmp_path / "epoch_2.pth", weights_only=True)["meta"]
    steps = torch.load(checkpoint, weights_only=True)["meta"]["iter"]
    assert (meta["epoch"], meta["iter"]) == (2, 2 * steps)


def test_resume_before_the_first_checkpoint_keeps_load_from(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    options = [f"load_from={trained / 'epoch_1.pth'}", "optim_wrapper.optimizer.lr=0"]
    run("train.py", str(config), "--work-dir", str(tmp_path), "--resume", "--cfg-options", *options)
    before, after = (
        torch.load(folder / "epoch_1.pth", weights_only=True)["state_dict"]
        for folder in (trained, tmp_path)
    )
    name = "backbone.conv1.weight"
    assert torch.equal(before[name], after[name])


def test_dumped_config_of_a_resumed_run_tests(trained: Path, config: Path, tmp_path: Path) -> None:
    weights = torch.load(trained / "epoch_1.pth", weights_only=True)["state_dict"]
    torch.save({"state_dict": weights}, tmp_path / "weights.pth")
    arguments = [str(config), str(tmp_path / "weights.pth"), "--work-dir", str(tmp_path)]
    run("test.py", *arguments, "--cfg-options", "resume=True")


def test_amp_and_auto_scale_lr(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run("train.py", str(config), "--work-dir", str(tmp_path), "--amp", "--auto-scale-lr")
    assert learning_rate(tmp_path) == pytest.approx(3e-3 * 4 / 32)
    # Where the CPU has no bfloat16, nothing would be gained.
    assert ("AmpOptimWrapper" in (tmp_path / config.name).read_text()) == cpu_gains_by_bfloat16()


def test_test_writes_what_is_asked_for(
    trained: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [str(config), str(trained / "epoch_1.pth"), "--work-dir", str(tmp_path / "work")]
    outputs = {"--out": "metrics.json", "--dump": "predictions.pkl", "--show-dir": "shown"}
    for flag, name in outputs.items():
        arguments += [flag, name]
    run("test.py", *arguments)
    result = json.loads((tmp_path / "metrics.json").read_text())
    assert 0 <= result["metrics"]["coco/AP"] <= 1
    assert result["config"] == str(config)
    assert {"torch", "mmpose", "hrnet_mm", "device", "python"} <= result["environment"].keys()
    predictions = pickle.loads((tmp_path / "predictions.pkl").read_bytes())
    assert predictions[0]["pred_instances"]["keypoints"].shape == (1, 17, 2)
    assert list((tmp_path / "shown").glob("*.jpg")) or list((tmp_path / "shown").glob("*.png"))


def test_dump_beside_an_evaluator_of_several_datasets(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    cfg = Config.fromfile(config)
    cfg.test_evaluator = dict(
        type="MultiDatasetEvaluator",
        metrics=[cfg.test_evaluator],
        datasets=[dict(type=cfg.dataset_type)],
    )
    cfg.dump(tmp_path / "several.py")
    arguments = [str(tmp_path / "several.py"), str(trained / "epoch_1.pth")]
    dumps = [tmp_path / "several.pkl", tmp_path / "one.pkl"]
    run("test.py", *arguments, "--work-dir", str(tmp_path), "--dump", str(dumps[0]))
    run(
        "test.py", str(config), *arguments[1:], "--work-dir", str(tmp_path), "--dump", str(dumps[1])
    )
    several, one = (
        {sample["img_path"]: sample["pred_instances"]["keypoints"] for sample in samples}
        for samples in (pickle.loads(path.read_bytes()) for path in dumps)
    )
    assert several.keys() == one.keys()
    assert all((several[name] == one[name]).all() for name in one)


def test_tta_without_a_tta_model_is_refused(trained: Path, config: Path) -> None:
    with pytest.raises(SystemExit, match="tta_model"):
        run("test.py", str(config), str(trained / "epoch_1.pth"), "--tta")


def test_options_may_stand_before_the_checkpoint(
    trained: Path, config: Path, tmp_path: Path
) -> None:
    run("test.py", str(config), "--work-dir", str(tmp_path), str(trained / "epoch_1.pth"))
