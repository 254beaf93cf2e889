"""Models and files with several HRNets: every backbone is filled or named, none by chance."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.model import BaseModule
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import Tensor, nn

from hrnet_mm.checkpoint.loading import fit, needs_fitting
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetArch, HRNetBackbone
from tests.checkpoint.models import TINY, assert_same_weights, build, model_config
from tests.models.stock import randomise

WIDER = HRNetArch.of_width(3, stage1_channels=2, stage1_blocks=1, blocks=1, modules=(1, 1, 1))


def backbone_of(arch: HRNetArch = TINY) -> HRNetBackbone:
    """A backbone of random weights and statistics."""
    model = HRNetBackbone(arch, out_indices=(0,))
    randomise(model)
    return model


class ModelWithHead(BaseModule):
    """A model of a backbone and a head."""

    def __init__(self, arch: HRNetArch = TINY, *, classes: int = 4, init_cfg: Any = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.backbone = backbone_of(arch)
        self.head = nn.Linear(2, classes)


class Streams(BaseModule):
    """A model with backbones of these names, side by side or below one another, and a head."""

    def __init__(self, *paths: str, classes: int = 4) -> None:
        super().__init__()
        self.head = nn.Linear(2, classes)
        for path in paths:
            owner: nn.Module = self
            *owners, last = path.split(".")
            for name in owners:
                if not hasattr(owner, name):
                    owner.add_module(name, nn.Module())
                owner = owner.get_submodule(name)
            owner.add_module(last, backbone_of())


class Pair(BaseModule):
    """Two models, as in distillation and training with a mean teacher."""

    def __init__(self, student: nn.Module, teacher: nn.Module) -> None:
        super().__init__()
        self.student, self.teacher = student, teacher


def pair_file(folder: Path) -> tuple[Path, dict[str, Tensor]]:
    weights = Pair(ModelWithHead(), ModelWithHead()).state_dict()
    path = folder / "pair.pth"
    torch.save({"state_dict": weights, "meta": {}}, path)
    return path, weights


def saved(weights: Any, folder: Path) -> str:
    path = folder / "file.pth"
    torch.save({"state_dict": weights, "meta": {}}, path)
    return str(path)


def below(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): w for n, w in weights.items() if n.startswith(prefix)}


def report_of(model: nn.Module, weights: Any) -> str:
    return " ".join(fit(model, weights)[1].text().split())


# init_cfg with a prefix


@pytest.mark.parametrize("wrapped", ["", "module."])
@pytest.mark.parametrize("prefix", ["student.backbone.", "student.backbone", "student.", "student"])
@pytest.mark.parametrize("owner", ["student", "teacher"])
def test_a_prefix_names_one_of_several(
    owner: str, prefix: str, wrapped: str, tmp_path: Path
) -> None:
    weights = Pair(ModelWithHead(), ModelWithHead()).state_dict()
    path = saved({wrapped + name: weight for name, weight in weights.items()}, tmp_path)
    init_cfg = dict(type="Pretrained", checkpoint=path, prefix=prefix.replace("student", owner))
    model = HRNetBackbone(TINY, out_indices=(0,), init_cfg=init_cfg)
    model.init_weights()
    assert_same_weights(model.state_dict(), below(weights, f"{owner}.backbone."))


@pytest.mark.parametrize("owner", ["student", "teacher"])
def test_a_prefix_names_one_of_several_whole_models(owner: str, tmp_path: Path) -> None:
    path, weights = pair_file(tmp_path)
    init_cfg = dict(type="Pretrained", checkpoint=str(path), prefix=f"{owner}.")
    model = ModelWithHead(init_cfg=init_cfg)
    model.init_weights()
    assert_same_weights(model.state_dict(), below(weights, f"{owner}."))


@pytest.mark.parametrize("prefix", ["studnet.backbone.", "backbone.", "ema", "student.backbon"])
def test_a_prefix_of_nothing_names_those_that_are_there(prefix: str, tmp_path: Path) -> None:
    path, _ = pair_file(tmp_path)
    init_cfg = dict(type="Pretrained", checkpoint=str(path), prefix=prefix)
    with pytest.raises(CheckpointError) as error:
        HRNetBackbone(TINY, out_indices=(0,), init_cfg=init_cfg).init_weights()
    for part in (str(path), prefix, "'student.backbone.'", "'teacher.backbone.'"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["backbone.", ""], "choose from ['backbone.']"),
        (["", ""], "give no prefix"),
        (["encoder.", "fc."], "choose from ['encoder.']"),
    ],
)
def test_a_prefix_of_nothing_in_a_file_of_one_hrnet(
    names: list[str], text: str, tmp_path: Path
) -> None:
    backbone, head = names
    weights = {backbone + name: weight for name, weight in backbone_of().state_dict().items()}
    path = saved(weights | {f"{head}x": torch.ones(1)}, tmp_path)
    init_cfg = dict(type="Pretrained", checkpoint=path, prefix="student.")
    with pytest.raises(CheckpointError) as error:
        HRNetBackbone(TINY, out_indices=(0,), init_cfg=init_cfg).init_weights()
    assert text in str(error.value)


# A file with one HRNet

STREAMS = [
    ("student.backbone", "teacher.backbone"),
    ("backbone", "backbone2"),
    ("backbone", "teacher.backbone"),
    ("backbone_rgb", "backbone_depth"),
    ("rgb_backbone", "depth_backbone"),
    ("rgb", "thermal"),
    ("backbone.0", "backbone.1"),
    ("models.0.backbone", "models.1.backbone", "models.2.backbone"),
    ("detector.student.backbone", "detector.teacher.backbone"),
]


@pytest.mark.parametrize("prefix", ["", "backbone.", "module.backbone.", "model.backbone."])
@pytest.mark.parametrize("paths", STREAMS, ids=str)
def test_one_hrnet_fills_every_backbone(paths: Iterable[str], prefix: str, tmp_path: Path) -> None:
    weights = backbone_of().state_dict()
    path = saved({prefix + name: weight for name, weight in weights.items()}, tmp_path)
    model = Streams(*paths)
    load_checkpoint(model, path)
    for at in paths:
        assert_same_weights(model.get_submodule(at).state_dict(), weights)
        assert at in report_of(model, {prefix + name: weight for name, weight in weights.items()})


def test_a_shared_backbone_counts_once(tmp_path: Path) -> None:
    model = Streams("left")
    model.add_module("right", model.get_submodule("left"))
    weights = backbone_of().state_dict()
    load_checkpoint(model, saved(weights, tmp_path))
    assert_same_weights(model.get_submodule("right").state_dict(), weights)
    _, report = fit(model, weights)
    assert report.outcomes["missing"] == ["head.weight", "head.bias"]


def test_a_whole_model_fills_student_and_teacher(tmp_path: Path) -> None:
    single = ModelWithHead().state_dict()
    model = Pair(ModelWithHead(classes=4), ModelWithHead(classes=3))
    load_checkpoint(model, saved(single, tmp_path))
    assert_same_weights(model.student.state_dict(), single)
    assert_same_weights(model.teacher.backbone.state_dict(), below(single, "backbone."))  # type: ignore
    _, report = fit(model, single)
    assert report.outcomes["mismatch"] == ["teacher.head.weight", "teacher.head.bias"]


def test_a_backbone_of_another_width_is_named_and_left_alone(tmp_path: Path) -> None:
    single = ModelWithHead().state_dict()
    model = Pair(ModelWithHead(), ModelWithHead(WIDER))
    before = {name: weight.clone() for name, weight in model.teacher.state_dict().items()}
    load_checkpoint(model, saved(single, tmp_path))
    assert_same_weights(model.student.state_dict(), single)
    assert_same_weights(model.teacher.state_dict(), before)
    text = report_of(model, single)
    assert "not filled: teacher.backbone: its HRNet" in text
    assert "other shapes" in text


def test_no_backbone_that_fits_is_an_error() -> None:
    with pytest.raises(CheckpointError, match="other shapes"):
        fit(Pair(ModelWithHead(WIDER), ModelWithHead(WIDER)), ModelWithHead().state_dict())


# A file with several


@pytest.mark.parametrize("paths", STREAMS, ids=str)
def test_hrnets_go_to_backbones_of_their_names(paths: tuple[str, ...], tmp_path: Path) -> None:
    source, model = Streams(*paths, classes=6), Streams(*paths, classes=4)
    load_checkpoint(model, saved(source.state_dict(), tmp_path))
    for at in paths:
        assert_same_weights(
            model.get_submodule(at).state_dict(), source.get_submodule(at).state_dict()
        )
    fitted, report = fit(model, source.state_dict())
    assert report.outcomes["mismatch"] == ["head.weight", "head.bias"]
    assert not report.outcomes["missing"]
    assert not any(report.outcomes[outcome] for outcome in ("dropped", "unexpected"))
    assert fitted.keys() == model.state_dict().keys() - {"head.weight", "head.bias"}


@pytest.mark.parametrize(
    ("of_file", "of_model"), [("", ""), ("module.", ""), ("ema.model.", ""), ("", "detector.")]
)
def test_a_prefix_of_all_names_does_not_matter(of_file: str, of_model: str) -> None:
    paths = ("student.backbone", "teacher.backbone")
    source = Streams(*paths)
    model = Streams(*(of_model + path for path in paths))
    fit_to, _ = fit(model, {of_file + n: w for n, w in source.state_dict().items()})
    for path in paths:
        assert_same_weights(
            below(fit_to, f"{of_model}{path}."), source.get_submodule(path).state_dict()
        )
    if not of_model:
        assert torch.equal(fit_to["head.weight"], source.head.weight)


def test_a_backbone_without_an_hrnet_of_its_name_is_named() -> None:
    weights = Streams("rgb", "depth").state_dict()
    fitted, report = fit(Streams("rgb", "depth", "thermal"), weights)
    assert "not filled: thermal: the file has no HRNet of this name" in report.text()
    assert not below(fitted, "thermal.")


def test_an_hrnet_beside_the_models_own_is_left_out() -> None:
    weights = Streams("backbone", "teacher.backbone").state_dict()
    fitted, report = fit(ModelWithHead(), weights)
    assert_same_weights(below(fitted, "backbone."), below(weights, "backbone."))
    assert all(name.startswith("teacher.") for name in report.outcomes["unexpected"])
    assert not report.outcomes["missing"]


@pytest.mark.parametrize("model", [ModelWithHead, backbone_of], ids=["whole", "backbone"])
def test_student_or_teacher_is_for_the_user_to_choose(model: Any, tmp_path: Path) -> None:
    path, weights = pair_file(tmp_path)
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(model(), str(path))
    for part in (str(path), "several HRNets", "prefix", "'student.'", "'teacher.backbone.'"):
        assert part in str(error.value)
    chosen = ModelWithHead()
    load_checkpoint(chosen, str(path), revise_keys=[(r"^teacher\.", "")])
    assert_same_weights(chosen.state_dict(), below(weights, "teacher."))


def test_own_weights_of_several_backbones_pass_untouched() -> None:
    for model in (Pair(ModelWithHead(), ModelWithHead()), Streams("rgb", "depth")):
        assert not needs_fitting(model, {"state_dict": model.state_dict()})


# mmdet's semi-supervised models


@pytest.fixture(scope="module")
def detectors() -> tuple[Any, Any]:
    """A detector, and one with a student and a teacher like it."""
    cfg: Any = model_config("det", outputs=3)
    cfg.roi_head.bbox_head.fc_out_channels = 8
    semi = dict(type="SoftTeacher", detector=cfg, semi_train_cfg={}, semi_test_cfg={})
    init_default_scope("mmdet")
    models = build("det", cfg), build("det", semi)
    for model in models:
        randomise(model)
    return models


def test_a_detector_fills_student_and_teacher_of_mmdet(detectors: Any, tmp_path: Path) -> None:
    single, semi = detectors
    weights = single.state_dict()
    for given in (weights, {f"module.{name}": weight for name, weight in weights.items()}):
        randomise(semi)
        load_checkpoint(semi, saved(given, tmp_path), strict=True)
        assert_same_weights(semi.student.state_dict(), weights)
        assert_same_weights(semi.teacher.state_dict(), weights)


def test_a_head_fills_student_and_teacher_of_mmdet(detectors: Any, tmp_path: Path) -> None:
    single, semi = detectors
    head = {n: w for n, w in single.state_dict().items() if n.startswith("roi_head.")}
    backbone = {n: w.clone() for n, w in semi.student.backbone.state_dict().items()}
    load_checkpoint(semi, saved(head, tmp_path))
    for model in (semi.student, semi.teacher):
        assert_same_weights(below(model.state_dict(), "roi_head."), below(head, "roi_head."))
    assert_same_weights(semi.student.backbone.state_dict(), backbone)


# Names that no layout knows


def test_parts_go_to_the_nearest_owner_that_has_them() -> None:
    source, model = ModelWithHead(), nn.Module()
    model.backbone, model.head = Streams("hrnet"), nn.Linear(2, 4)
    del model.backbone.head
    fitted, report = fit(model, source.state_dict())
    assert torch.equal(fitted["head.weight"], source.head.weight)
    assert "backbone.hrnet.conv1.weight" in fitted
    assert not any(report.outcomes[outcome] for outcome in ("dropped", "missing", "unexpected"))


def test_own_names_are_kept_beside_those_of_an_official_layout() -> None:
    def custom(outputs: int) -> nn.Module:
        model = ModelWithHead(classes=outputs)
        model.final_layer, model.extra = nn.Conv2d(2, outputs, 1), nn.Linear(2, 2)
        return model

    weights = custom(5).state_dict()
    fitted, _ = fit(custom(4), weights)
    assert torch.equal(fitted["extra.weight"], weights["extra.weight"])
