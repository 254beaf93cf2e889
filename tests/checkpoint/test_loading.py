"""Public files, own checkpoints and parts of a model load into the model at hand."""

from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.runner import load_checkpoint
from mmengine.runner.checkpoint import _load_checkpoint_to_model
from torch import Tensor

from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.checkpoint.loading import fit, needs_fitting
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import ARCHS, HRNetBackbone
from tests.checkpoint.models import (
    ARCH,
    Classifier,
    assert_same_weights,
    build,
    model_config,
    part_of,
)
from tests.checkpoint.official import write_official


@pytest.mark.parametrize("strict", [False, True])
def test_load_checkpoint_into_a_whole_model(strict: bool, tmp_path: Path) -> None:
    path = write_official("seg", tmp_path, outputs=19)
    model = build("seg", model_config("seg", outputs=19))
    checkpoint = load_checkpoint(model, str(path), strict=strict)
    assert checkpoint["meta"]["dataset_meta"]["classes"][0] == "road"
    weights = torch.load(path, weights_only=True)
    assert torch.equal(
        model.get_parameter("decode_head.conv_seg.weight"), weights["last_layer.3.weight"]
    )


def test_another_number_of_keypoints_is_initialised_anew(tmp_path: Path) -> None:
    path = write_official("pose", tmp_path, outputs=16)
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
    path = write_official("pose", tmp_path)
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


@pytest.mark.parametrize("wrappers", [1, 2])  # DistributedDataParallel, and an average of that
def test_weights_of_a_wrapped_model_load(wrappers: int, tmp_path: Path) -> None:
    weights = Classifier(4).state_dict()
    prefix = "module." * wrappers
    torch.save({prefix + name: weight for name, weight in weights.items()}, tmp_path / "a.pth")
    model = Classifier(4)
    load_checkpoint(model, str(tmp_path / "a.pth"))
    assert_same_weights(model.state_dict(), weights)


def test_own_weights_pass_untouched(tmp_path: Path) -> None:
    model = build("seg", model_config("seg", outputs=5))
    assert not needs_fitting(model, {"state_dict": model.state_dict()})
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

    path = write_official("cls", tmp_path)
    extra = extra_of(ARCHS[ARCH])
    extra["stage4"]["multiscale_output"] = True
    stock = HRNet(extra=extra)
    assert not needs_fitting(stock, torch.load(path, weights_only=True))
    load_checkpoint(stock, str(path))
    weights = torch.load(path, weights_only=True)
    assert torch.equal(stock.get_parameter("conv1.weight"), weights["conv1.weight"])


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
    path = write_official("seg", tmp_path, outputs=19)
    load_checkpoint(SegTTAModel(module=model), str(path))
    weights = torch.load(path, weights_only=True)
    assert torch.equal(model.get_parameter("backbone.conv1.weight"), weights["conv1.weight"])


def test_images_of_other_channels_initialise_the_first_convolution_anew(tmp_path: Path) -> None:
    path = write_official("pose", tmp_path)
    model = HRNetBackbone(ARCH, in_channels=5, out_indices=(0,))
    fitted, report = fit(model, torch.load(path, weights_only=True))
    assert report.outcomes["mismatch"] == ["conv1.weight"]
    assert fitted.keys() == model.state_dict().keys() - {"conv1.weight"}


# A part of a model loads as in stock

PARTS = [("head.",), ("neck.",), ("neck.", "head."), ("head.weight",), ("backbone.layer1.",)]


@pytest.mark.parametrize("extra", [{}, {"other.weight": torch.ones(1)}], ids=["", "extra"])
@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_part_of_a_model_loads_as_in_stock(
    part: tuple[str, ...], prefix: str, extra: dict[str, Tensor], tmp_path: Path
) -> None:
    weights = part_of(Classifier().state_dict(), *part)
    content = {prefix + name: weight for name, weight in (weights | extra).items()}
    path = tmp_path / "part.pth"
    torch.save({"state_dict": content}, path)
    model = Classifier()
    assert not needs_fitting(model, weights | extra)
    expected = {**model.state_dict(), **weights}
    expected = {name: weight.clone() for name, weight in expected.items()}
    load_checkpoint(model, str(path), strict=False)
    assert_same_weights(model.state_dict(), expected)
    with pytest.raises(RuntimeError, match="missing keys"):
        load_checkpoint(model, str(path), strict=True)


def test_a_head_of_two_streams_loads_as_in_stock() -> None:
    weights = part_of(Classifier(backbone="rgb").state_dict(), "head.")
    assert not needs_fitting(Classifier(backbone="rgb"), weights)


def test_a_head_of_other_classes_is_left_out_as_in_stock(tmp_path: Path) -> None:
    weights = part_of(Classifier(6).state_dict(), "neck.", "head.")
    torch.save(weights, tmp_path / "part.pth")
    model = Classifier(4)
    head = model.head.weight.clone()
    load_checkpoint(model, str(tmp_path / "part.pth"))
    assert torch.equal(model.neck.weight, weights["neck.weight"])
    assert torch.equal(model.head.weight, head)


FOREIGN = {
    "nothing fits": {"fc.weight": torch.ones(2)},
    "a ResNet": {"conv1.weight": torch.ones(64, 3, 7, 7), "layer4.0.conv1.weight": torch.ones(1)},
    "a detector's ResNet": {
        "backbone.layer4.0.conv1.weight": torch.ones(1),
        "head.weight": torch.ones(4, 3),
    },
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_net_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "foreign.pth"
    torch.save(FOREIGN[kind], path)
    with pytest.raises(CheckpointError, match=r"foreign\.pth: it holds no HRNet but the keys"):
        load_checkpoint(Classifier(), str(path))
