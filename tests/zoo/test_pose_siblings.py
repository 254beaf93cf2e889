"""Pose and landmarks: mmpose's recipes are as mmpose has them."""

import re
from pathlib import Path
from typing import Any

import mmpose.codecs
import mmpose.datasets
import mmpose.evaluation
import mmpose.models
import pytest
from mmpose import registry

from tests.zoo.configs import leaves, load, stock
from tests.zoo.essence import Essence

STOCK_FOLDER = Path(mmpose.__path__[0]) / ".mim/configs"
STOCK_FOLDERS = {
    "coco": [
        "body_2d_keypoint/topdown_heatmap/coco",
        "body_2d_keypoint/associative_embedding/coco",
    ],
    "mpii": ["body_2d_keypoint/topdown_heatmap/mpii"],
    **{name: [f"face_2d_keypoint/topdown_heatmap/{name}"] for name in ("wflw", "cofw", "300w")},
    "aflw": ["face_2d_keypoint/topdown_heatmap/aflw"],
}
LEAVES = [name for data in STOCK_FOLDERS for name in leaves(f"pose/{data}")]
essence = Essence(
    registry.MODELS,
    registry.KEYPOINT_CODECS,
    registry.DATASETS,
    registry.TRANSFORMS,
    registry.METRICS,
)
WIDTHS = dict(w18=18, w32=32, w48=48)
# Variants of the data or the numbers' precision, whose figures are not among HRNet's own.
UNSHIPPED = re.compile(r"_(fp16|coarsedropout|gridmask|photometric)-|-aic-|litehrnet")

# Where mmpose's file contradicts its own name or rate; ours say what is meant.
BATCH_IN_NAME = {"td-hm_hrnet-w32_8xb64-210e_mpii-256x256": 16}
BASE_BATCH = re.compile(r"td-hm_hrnet-w48_.*8xb32-210e_coco-.*")


def source(name: str) -> str | None:
    """Find the config of mmpose that one of ours has the name of."""
    data, _, file = Path(name).parts[1:]
    found = [f"{folder}/{file}" for folder in STOCK_FOLDERS[data]]
    return next((path for path in found if (STOCK_FOLDER / path).is_file()), None)


SIBLINGS = [name for name in LEAVES if "/mmpose/" in name]
TRAINED = [name for name in SIBLINGS if "/ae_" not in name]
OFFICIAL = [name for name in LEAVES if "/official/" in name]
FACES = [name for name in OFFICIAL if "hrnetv2" in name]
BODIES = [name for name in OFFICIAL if "hrnetv2" not in name]


def theirs_of(name: str) -> Any:
    path = source(name)
    assert path
    return stock("mmpose", path)


def head_of(cfg: Any) -> dict[str, Any]:
    """Describe a head without the convolution that our neck has in its stead."""
    head = essence(cfg.model.head)
    if head.pop("conv_out_channels", None):
        assert head.pop("conv_kernel_sizes") == [1]
    return head


def test_every_config_is_where_its_recipe_is_from() -> None:
    assert sorted(SIBLINGS + OFFICIAL) == sorted(LEAVES)
    assert [name for name in LEAVES if source(name)] == SIBLINGS


def test_every_stock_config_has_a_sibling() -> None:
    for data, folders in STOCK_FOLDERS.items():
        for folder in folders:
            theirs = {path.name for path in (STOCK_FOLDER / folder).glob("*hrnet*.py")}
            theirs = {name for name in theirs if not UNSHIPPED.search(name)}
            assert theirs <= {Path(name).name for name in leaves(f"pose/{data}/mmpose")}


@pytest.mark.parametrize("name", TRAINED)
def test_sibling_is_optimised_as_in_mmpose(name: str) -> None:
    ours, theirs = load(name), theirs_of(name)
    assert ours.optim_wrapper == theirs.optim_wrapper
    assert ours.param_scheduler == theirs.param_scheduler
    assert ours.train_cfg == dict(theirs.train_cfg, by_epoch=True)

    base = theirs.auto_scale_lr.base_batch_size
    assert ours.auto_scale_lr.base_batch_size == (256 if BASE_BATCH.fullmatch(stem(name)) else base)
    best = {key: theirs.default_hooks.checkpoint[key] for key in ("save_best", "rule")}
    assert best == {key: ours.default_hooks.checkpoint[key] for key in best}


def stem(name: str) -> str:
    return Path(name).stem


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_reads_the_data_of_mmpose(name: str) -> None:
    ours, theirs = load(name), theirs_of(name)
    loaders = ["train_dataloader"] * (name in TRAINED) + ["val_dataloader", "test_dataloader"]
    for key in loaders:
        expected = essence(theirs[key].dataset)
        if "pose/mpii/" in name and key == "train_dataloader":  # mmpose 0.x did this as it read
            expected["pipeline"].insert(1, dict(type="hrnet_mm.ZeroBasedKeypoints"))
        assert essence(ours[key].dataset) == expected
        assert ours[key].sampler == theirs[key].sampler
        if stem(name) not in BATCH_IN_NAME:
            assert ours[key].batch_size == theirs[key].batch_size
        else:
            assert theirs[key].batch_size == BATCH_IN_NAME[stem(name)]
    for evaluator in ("val_evaluator", "test_evaluator"):
        assert essence(ours[evaluator]) == essence(theirs[evaluator])
    for key in ("dataset_type", "data_mode"):  # which the Inferencers read
        assert ours[key] == theirs[key]


@pytest.mark.parametrize("name", SIBLINGS)
def test_sibling_has_the_model_of_mmpose(name: str) -> None:
    ours, theirs = load(name), theirs_of(name)
    parts = {"type", "data_preprocessor", "train_cfg", "test_cfg"}
    assert ours.model.keys() - theirs.model.keys() <= {"neck"}
    for part in parts & (ours.model.keys() | theirs.model.keys()):
        assert essence(ours.model.get(part)) == essence(theirs.model.get(part)), part
    assert head_of(ours) == head_of(theirs)

    backbone = theirs.model.backbone
    assert ours.model.backbone.init_cfg == backbone.init_cfg
    assert WIDTHS[ours.model.backbone.arch] == backbone.extra.stage4.num_channels[0]
    assert "norm_cfg" not in backbone
    assert "norm_cfg" not in ours.model.backbone
    if "neck" in theirs.model:
        assert backbone.extra.upsample == dict(mode="bilinear", align_corners=False)
        assert ours.model.backbone.upsample == "bilinear"
        assert ours.model.neck.type == "HRNetV2"
        assert sum(ours.model.neck.in_channels) == theirs.model.head.conv_out_channels[0]
    else:
        assert ours.model.backbone.out_indices == (0,)


def test_the_errors_of_mmpose_are_still_there() -> None:
    """When this fails, mmpose has fixed its files: drop the exceptions."""
    for name in TRAINED:
        gpus, images = map(int, re.findall(r"(\d+)xb(\d+)", name)[0])
        theirs = theirs_of(name)
        run = gpus * theirs.train_dataloader.batch_size
        declared = theirs.auto_scale_lr.base_batch_size
        wrong = stem(name) in BATCH_IN_NAME or BASE_BATCH.fullmatch(stem(name))
        assert (run == declared) != bool(wrong), name
        assert load(name).train_dataloader.batch_size == images
