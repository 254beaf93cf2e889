"""Public files load wherever a checkpoint is named: init_cfg, load_from, the toolboxes, hooks."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.registry import init_default_scope
from mmengine.runner import FlexibleRunner, Runner
from mmpretrain.engine.hooks import EMAHook as PretrainEMAHook
from torch import Tensor

from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import ARCH, Classifier, assert_same_weights, part_of
from tests.checkpoint.official import FORMATS, OFFICIAL, weights_in, write_official
from tests.integration.toy import small_toy
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


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("task", OFFICIAL)
def test_init_cfg_of_the_backbone(task: str, suffix: str, tmp_path: Path) -> None:
    path = write_official(task, tmp_path, suffix=suffix)
    model = HRNetBackbone(
        ARCH, out_indices=(0,), init_cfg=dict(type="Pretrained", checkpoint=str(path))
    )
    model.init_weights()
    weights, prefix = weights_in(path), OFFICIAL[task].backbone_prefix
    assert_same_weights(model.state_dict(), {n: weights[prefix + n] for n in model.state_dict()})


def test_load_from_through_a_runner(toy_scenes: Path, tmp_path: Path) -> None:
    path = write_official("pose", tmp_path)
    cfg = small_toy("pose", toy_scenes, load_from=str(path), work_dir=str(tmp_path))
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    model: Any = runner.model
    weights = torch.load(path, weights_only=True)
    assert torch.equal(model.head.final_layer.weight, weights["final_layer.weight"])
    assert torch.equal(model.backbone.conv1.weight, weights["conv1.weight"])


@pytest.fixture
def image(toy_scenes: Path) -> str:
    """An image of people."""
    return str(next((toy_scenes / "leftImg8bit/val").rglob("*.png")))


def dumped(task: str, outputs: int, toy_scenes: Path, folder: Path) -> str:
    cfg: Any = small_toy(task, toy_scenes)
    if task == "seg":
        cfg.model.decode_head.num_classes = outputs
        for split in ("train", "val", "test"):
            cfg[f"{split}_dataloader"].dataset.pop("metainfo")
    config = folder / f"{task}.py"
    cfg.dump(config)
    return str(config)


@pytest.mark.parametrize(
    ("classes", "first"), [(19, ["road", "sidewalk"]), (150, ["wall", "building"])]
)
def test_init_model_and_inferencer_of_mmseg(
    classes: int, first: list[str], toy_scenes: Path, tmp_path: Path, image: str
) -> None:
    from mmseg.apis import MMSegInferencer, init_model

    config = dumped("seg", classes, toy_scenes, tmp_path)
    path = str(write_official("seg", tmp_path, outputs=classes))
    model: Any = init_model(config, path, device="cpu")
    assert list(model.dataset_meta["classes"][:2]) == first
    inferencer: Any = MMSegInferencer(model=config, weights=path, device="cpu")
    assert list(inferencer.visualizer.dataset_meta["classes"][:2]) == first
    result = inferencer(image, return_vis=True)
    assert result["predictions"].shape == (240, 320)
    assert result["visualization"].std() > 0


def test_init_model_and_inferencer_of_mmpose(toy_scenes: Path, tmp_path: Path, image: str) -> None:
    from mmpose.apis import MMPoseInferencer, init_model

    config = dumped("pose", 17, toy_scenes, tmp_path)
    path = str(write_official("pose", tmp_path))
    model: Any = init_model(config, path, device="cpu")
    assert model.dataset_meta["dataset_name"] == "coco"
    inferencer: Any = MMPoseInferencer(
        pose2d=config, pose2d_weights=path, det_model="whole_image", device="cpu"
    )
    (people,) = next(inferencer(image))["predictions"]
    assert len(people[0]["keypoints"]) == 17


def test_get_model_of_mmpretrain(toy_scenes: Path, tmp_path: Path, image: str) -> None:
    from mmpretrain.apis import ImageClassificationInferencer, get_model
    from mmpretrain.datasets import ImageNet

    cfg: Any = Config.fromfile(dumped("cls", 6, toy_scenes, tmp_path))
    cfg.model.head.num_classes = 1000
    path = str(write_official("cls", tmp_path, outputs=1000))
    model: Any = get_model(cfg, pretrained=path, device="cpu")
    init_default_scope("mmpretrain")
    (result,) = ImageClassificationInferencer(model)(image)
    assert result["pred_class"] in ImageNet.METAINFO["classes"]


def test_ema_starts_from_public_weights(toy_scenes: Path, tmp_path: Path) -> None:
    path = write_official("pose", tmp_path)
    cfg = small_toy("pose", toy_scenes, load_from=str(path), work_dir=str(tmp_path))
    cfg.custom_hooks = [dict(type="EMAHook")]
    runner = Runner.from_cfg(cfg)
    runner.call_hook("before_run")
    runner.load_or_resume()
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, EMAHook))
    ema: Any = hook.ema_model.module
    weights = torch.load(path, weights_only=True)
    assert torch.equal(ema.head.final_layer.weight, weights["final_layer.weight"])
    assert torch.equal(ema.backbone.conv1.weight, weights["conv1.weight"])


@pytest.mark.parametrize("task", ["pose", "det"])
def test_init_cfg_with_a_prefix(task: str, tmp_path: Path) -> None:
    path = write_official(task, tmp_path)
    init_cfg = dict(type="Pretrained", checkpoint=str(path), prefix="backbone.")
    model = HRNetBackbone(ARCH, out_indices=(0,), init_cfg=init_cfg)
    model.init_weights()
    weights, prefix = weights_in(path), OFFICIAL[task].backbone_prefix
    assert_same_weights(model.state_dict(), {n: weights[prefix + n] for n in model.state_dict()})
    with pytest.raises(CheckpointError, match="other shapes"):
        HRNetBackbone("w18", out_indices=(0,), init_cfg=init_cfg).init_weights()


# Hooks that read a checkpoint before the model does


class CopyingHook(EMAHook):
    """A user's own: all weights at once, and no others."""

    def after_load_checkpoint(self, runner: Any, checkpoint: dict[str, Any]) -> None:
        self.ema_model.module.load_state_dict(checkpoint["state_dict"], strict=False)


HOOKS = [EMAHook, PretrainEMAHook, CopyingHook]


def own_file(path: Path, *, classes: int, averaged: bool) -> dict[str, Tensor]:
    weights = Classifier(classes).state_dict()
    content: dict[str, Any] = {"state_dict": weights, "meta": {}}
    if averaged:
        ema = {f"module.{n}": w for n, w in Classifier(classes).state_dict().items()}
        content["ema_state_dict"] = {"steps": torch.tensor(7), **ema}
    torch.save(content, path)
    return weights


def start(model: Any, hook: EMAHook, *, load_from: Path) -> None:
    """Load weights as a Runner does before it trains or tests."""
    runner = Runner(
        model=model,
        work_dir=str(load_from.parent),
        load_from=str(load_from),
        custom_hooks=[hook],
    )
    runner.call_hook("before_run")
    runner.load_or_resume()


def average_of(hook: EMAHook) -> dict[str, Tensor]:
    return hook.ema_model.module.state_dict()


@pytest.mark.parametrize("averaged", [False, True], ids=["plain", "averaged"])
@pytest.mark.parametrize("kind", HOOKS)
def test_averages_start_from_a_file_of_other_classes(
    kind: type[EMAHook], averaged: bool, tmp_path: Path
) -> None:
    path = tmp_path / "own.pth"
    weights = own_file(path, classes=6, averaged=averaged)
    model, hook = Classifier(4), kind()
    head = part_of(model.state_dict(), "head.")
    expected = {name: w.clone() for name, w in (weights | head).items()}
    start(model, hook, load_from=path)
    assert_same_weights(model.state_dict(), expected)
    assert_same_weights(average_of(hook), expected)


@pytest.mark.parametrize("kind", HOOKS)
def test_averages_start_from_a_bare_backbone(kind: type[EMAHook], tmp_path: Path) -> None:
    weights: dict[str, Tensor] = Classifier().backbone.state_dict()  # type: ignore
    torch.save(weights, tmp_path / "backbone.pth")
    model, hook = Classifier(4), kind()
    start(model, hook, load_from=tmp_path / "backbone.pth")
    average = average_of(hook)
    assert_same_weights({n: average[f"backbone.{n}"] for n in weights}, weights)


def test_averages_start_from_a_file_of_data_parallel(tmp_path: Path) -> None:
    weights = Classifier(4).state_dict()
    torch.save({"state_dict": {f"module.{n}": w for n, w in weights.items()}}, tmp_path / "a.pth")
    model, hook = Classifier(4), EMAHook()
    start(model, hook, load_from=tmp_path / "a.pth")
    assert_same_weights(model.state_dict(), weights)
    assert_same_weights(average_of(hook), weights)


def test_own_averages_are_read_as_in_stock(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    weights = own_file(path, classes=4, averaged=True)
    hook = PretrainEMAHook()
    start(Classifier(4), hook, load_from=path)
    assert hook.load_ema_from_ckpt
    assert_same_weights(average_of(hook), weights)


def test_averages_of_a_flexible_runner(tmp_path: Path) -> None:
    path = tmp_path / "own.pth"
    weights = own_file(path, classes=6, averaged=True)
    hook = PretrainEMAHook()
    runner: Any = FlexibleRunner(
        model=Classifier(4), work_dir=str(tmp_path), load_from=str(path), custom_hooks=[hook]
    )
    runner.model = runner.strategy.prepare(runner.model)
    runner.call_hook("before_run")
    runner.load_or_resume()
    expected = part_of(weights, "backbone.", "neck.")
    assert_same_weights(part_of(average_of(hook), "backbone.", "neck."), expected)
    assert_same_weights(part_of(runner.model.state_dict(), "backbone.", "neck."), expected)
