"""Public files load directly wherever a checkpoint is named: init_cfg, load_from, the toolboxes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader, _load_checkpoint_to_model
from safetensors.torch import save_file
from torch import Tensor

from hrnet_mm.checkpoint.loading import fit, needs_fitting
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import ARCHS, HRNetBackbone
from tests.checkpoint.models import ARCH, assert_same_weights, build, model_config
from tests.checkpoint.official import OFFICIAL, official_file
from tests.integration.toy import small_toy
from tests.models.stock import extra_of

Save = Callable[[dict[str, Tensor], Path], None]
FORMATS: dict[str, Save] = {
    ".pth": torch.save,
    ".pth.tar": lambda weights, path: torch.save({"state_dict": weights, "epoch": 3}, path),
    ".safetensors": save_file,
}


def official(task: str, folder: Path, *, outputs: int = 17, suffix: str = ".pth") -> Path:
    weights, _ = official_file(OFFICIAL[task], arch=ARCH, outputs=outputs)
    path = folder / f"{task}{suffix}"
    FORMATS[suffix](weights, path)
    return path


def weights_in(path: Path) -> dict[str, Tensor]:
    content: Any = CheckpointLoader.load_checkpoint(str(path), map_location="cpu")
    return content["state_dict"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("task", OFFICIAL)
def test_init_cfg_of_the_backbone(task: str, suffix: str, tmp_path: Path) -> None:
    path = official(task, tmp_path, suffix=suffix)
    model = HRNetBackbone(
        ARCH, out_indices=(0,), init_cfg=dict(type="Pretrained", checkpoint=str(path))
    )
    model.init_weights()
    weights, prefix = weights_in(path), OFFICIAL[task].backbone_prefix
    assert_same_weights(model.state_dict(), {n: weights[prefix + n] for n in model.state_dict()})


def test_the_report_fits_a_terminal(tmp_path: Path) -> None:
    path = official("cls", tmp_path)
    model = HRNetBackbone(ARCH, out_indices=(0,))
    _, report = fit(model, torch.load(path, weights_only=True))
    text = report.text()
    assert max(map(len, text.splitlines())) <= 80
    for part in ("official classification, timm", ARCH, "stem", "stage 4", "head", "dropped"):
        assert part in text


@pytest.mark.parametrize("strict", [False, True])
def test_load_checkpoint_into_a_whole_model(strict: bool, tmp_path: Path) -> None:
    path = official("seg", tmp_path, outputs=19)
    model = build("seg", model_config("seg", outputs=19))
    checkpoint = load_checkpoint(model, str(path), strict=strict)
    assert checkpoint["meta"]["dataset_meta"]["classes"][0] == "road"
    weights = torch.load(path, weights_only=True)
    assert torch.equal(
        model.get_parameter("decode_head.conv_seg.weight"), weights["last_layer.3.weight"]
    )


def test_load_from_through_a_runner(toy_scenes: Path, tmp_path: Path) -> None:
    path = official("pose", tmp_path)
    cfg = small_toy("pose", toy_scenes, load_from=str(path), work_dir=str(tmp_path))
    runner = Runner.from_cfg(cfg)
    runner.load_or_resume()
    model: Any = runner.model
    weights = torch.load(path, weights_only=True)
    assert torch.equal(model.head.final_layer.weight, weights["final_layer.weight"])
    assert torch.equal(model.backbone.conv1.weight, weights["conv1.weight"])


def test_another_number_of_keypoints_is_initialised_anew(tmp_path: Path) -> None:
    path = official("pose", tmp_path, outputs=16)
    model = build("pose", model_config("pose", outputs=17))
    before = model.get_parameter("head.final_layer.weight").clone()
    fitted, report = fit(model, torch.load(path, weights_only=True))
    load_checkpoint(model, str(path))
    assert torch.equal(model.get_parameter("head.final_layer.weight"), before)
    assert report.outcomes["mismatch"] == ["head.final_layer.weight", "head.final_layer.bias"]
    assert "head.final_layer.bias has (16,), the model (17,): initialised anew" in report.text()
    assert "backbone.conv1.weight" in fitted


@pytest.mark.parametrize(
    ("arch", "out_indices", "text"),
    [
        ("w18", (0,), f"({ARCH}) has other shapes of "),
        (ARCH, (0, 1), f"({ARCH}) lacks "),
    ],
)
def test_a_backbone_that_does_not_fit_is_an_error(
    arch: str, out_indices: tuple[int, ...], text: str, tmp_path: Path
) -> None:
    path = official("pose", tmp_path)
    model = HRNetBackbone(arch, out_indices=out_indices)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(model, str(path))
    assert text in str(error.value)
    assert str(path) in str(error.value)
    assert_same_weights(model.state_dict(), before)


def test_a_file_without_an_hrnet_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "resnet.pth"
    torch.save({"layer4.2.conv3.weight": torch.ones(3)}, path)
    with pytest.raises(CheckpointError, match=r"resnet\.pth: it holds no HRNet"):
        load_checkpoint(HRNetBackbone(ARCH), str(path))


def test_a_damaged_safetensors_file_is_an_error(tmp_path: Path) -> None:
    path = official("pose", tmp_path, suffix=".safetensors")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"pose\.safetensors: it is truncated, damaged"):
        load_checkpoint(HRNetBackbone(ARCH), str(path))
    with pytest.raises(FileNotFoundError, match=r"no\.safetensors"):
        load_checkpoint(HRNetBackbone(ARCH), str(tmp_path / "no.safetensors"))


def test_own_weights_pass_untouched(tmp_path: Path) -> None:
    model = build("seg", model_config("seg", outputs=5))
    assert not needs_fitting(model, {"state_dict": model.state_dict()})
    wrapped = {f"module.{name}": weight for name, weight in model.state_dict().items()}
    assert not needs_fitting(model, {"state_dict": wrapped})
    backbone: Any = model.get_submodule("backbone")
    path = tmp_path / "own.pth"
    torch.save({"state_dict": model.state_dict(), "meta": {"epoch": 1}}, path)
    again = build("seg", model_config("seg", outputs=5))
    checkpoint = load_checkpoint(again, str(path), strict=True)
    assert checkpoint["meta"] == {"epoch": 1}
    assert_same_weights(again.state_dict(), model.state_dict())
    assert backbone is model.get_submodule("backbone")


def test_models_of_other_backbones_load_as_before(tmp_path: Path) -> None:
    from mmpose.models.backbones import HRNet

    path = official("cls", tmp_path)
    extra = extra_of(ARCHS[ARCH])
    extra["stage4"]["multiscale_output"] = True
    stock = HRNet(extra=extra)
    assert not needs_fitting(stock, torch.load(path, weights_only=True))
    load_checkpoint(stock, str(path))
    weights = torch.load(path, weights_only=True)
    assert torch.equal(stock.get_parameter("conv1.weight"), weights["conv1.weight"])


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
    path = str(official("seg", tmp_path, outputs=classes))
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
    path = str(official("pose", tmp_path))
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
    path = str(official("cls", tmp_path, outputs=1000))
    model: Any = get_model(cfg, pretrained=path, device="cpu")
    init_default_scope("mmpretrain")
    (result,) = ImageClassificationInferencer(model)(image)
    assert result["pred_class"] in ImageNet.METAINFO["classes"]


# Own checkpoints, and toolboxes' heads on our backbone, lose nothing


def segmentor(classes: int, **head: Any) -> Any:
    """A model with an auxiliary head, which no layout of public files knows."""
    cfg: Any = model_config("seg", outputs=classes)
    cfg.decode_head.update(head)
    cfg.auxiliary_head = dict(cfg.decode_head, num_convs=1, channels=8, concat_input=False)
    return build("seg", cfg)


@pytest.mark.parametrize("head", [{}, dict(num_convs=2, kernel_size=1, channels=8)], ids=str)
def test_another_number_of_classes_keeps_all_other_weights(head: Any, tmp_path: Path) -> None:
    trained, model = segmentor(19, **head), segmentor(5, **head)
    path = tmp_path / "own.pth"
    torch.save({"state_dict": trained.state_dict(), "meta": {}}, path)
    load_checkpoint(model, str(path))
    for name, weight in model.state_dict().items():
        if "conv_seg" not in name:
            assert torch.equal(weight, trained.state_dict()[name]), name


def test_test_time_augmentation_loads_own_weights_untouched() -> None:
    from mmseg.models import SegTTAModel

    model = segmentor(5)
    assert not needs_fitting(model, {"state_dict": model.state_dict()})
    wrapped = SegTTAModel(module=model)
    content = {"state_dict": {n: w + 1 for n, w in model.state_dict().items()}, "meta": {}}
    loaded = _load_checkpoint_to_model(wrapped, content)
    assert loaded is content
    assert_same_weights(model.state_dict(), content["state_dict"])


def test_test_time_augmentation_loads_public_weights(tmp_path: Path) -> None:
    from mmseg.models import SegTTAModel

    model = build("seg", model_config("seg", outputs=19))
    path = official("seg", tmp_path, outputs=19)
    load_checkpoint(SegTTAModel(module=model), str(path))
    weights = torch.load(path, weights_only=True)
    assert torch.equal(model.get_parameter("backbone.conv1.weight"), weights["conv1.weight"])


def test_ema_starts_from_public_weights(toy_scenes: Path, tmp_path: Path) -> None:
    path = official("pose", tmp_path)
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
    path = official(task, tmp_path)
    init_cfg = dict(type="Pretrained", checkpoint=str(path), prefix="backbone.")
    model = HRNetBackbone(ARCH, out_indices=(0,), init_cfg=init_cfg)
    model.init_weights()
    weights, prefix = weights_in(path), OFFICIAL[task].backbone_prefix
    assert_same_weights(model.state_dict(), {n: weights[prefix + n] for n in model.state_dict()})
    with pytest.raises(CheckpointError, match="other shapes"):
        HRNetBackbone("w18", out_indices=(0,), init_cfg=init_cfg).init_weights()


def test_images_of_other_channels_initialise_the_first_convolution_anew(tmp_path: Path) -> None:
    path = official("pose", tmp_path)
    model = HRNetBackbone(ARCH, in_channels=5, out_indices=(0,))
    fitted, report = fit(model, torch.load(path, weights_only=True))
    assert report.outcomes["mismatch"] == ["conv1.weight"]
    assert fitted.keys() == model.state_dict().keys() - {"conv1.weight"}


def test_safetensors_by_address_say_what_to_do() -> None:
    with pytest.raises(CheckpointError, match="download it"):
        CheckpointLoader.load_checkpoint("https://example.org/model.safetensors")
