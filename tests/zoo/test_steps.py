"""Every shipped config trains a step and is evaluated, on images made up in its data's layout."""

import math
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mmengine.registry import DATASETS, init_default_scope

from tests.zoo.configs import firsts, leaves, load
from tests.zoo.stepping import loaders, nodes, step

LEAVES = leaves()


def heads_and_data(cfg: Any) -> Hashable:
    """Name the parts of a run that are not the backbone: heads, losses, codec, data and metric."""
    model = {key: part for key, part in cfg.model.items() if key not in ("backbone", "train_cfg")}
    data = [node.type for node in nodes(loaders(cfg)) if is_dataset(node)]
    return frozenset(types(model)), *data, *sorted(types(cfg.val_evaluator))


def is_dataset(node: Any) -> bool:
    return "type" in node and ("data_root" in node or "dataset" in node or "datasets" in node)


def types(tree: Any) -> Iterator[str]:
    """Yield the types of what is built, save the layers'."""
    for node in nodes(tree):
        if "type" in node and "momentum" not in node and node["type"] not in ("BN", "SyncBN"):
            yield str(node["type"])


def training_data(cfg: Any) -> Hashable:
    return repr(cfg.train_dataloader.dataset) if "train_dataloader" in cfg else None


@pytest.fixture(autouse=True)
def _beside_the_data(fake_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(fake_data)


def check_step(name: str, work_dir: Path, *, small: bool) -> None:
    metrics = step(load(name), work_dir=work_dir, small=small)
    assert metrics
    assert all(map(math.isfinite, metrics.values())), metrics


@pytest.mark.parametrize("name", firsts(heads_and_data))
def test_each_head_on_each_data_set_at_the_smallest_width(name: str, tmp_path: Path) -> None:
    check_step(name, tmp_path, small=True)


@pytest.mark.parametrize("name", firsts(training_data))
def test_each_training_pipeline_gives_samples(name: str) -> None:
    cfg = load(name)
    init_default_scope(cfg.default_scope)
    dataset: Any = DATASETS.build(cfg.train_dataloader.dataset)
    for index in range(2):
        sample = dataset[index]
        assert sample["inputs"].ndim == 3
        assert sample["inputs"].float().std() > 0


@pytest.mark.zoo
@pytest.mark.parametrize("name", LEAVES)
def test_each_config_at_its_own_width(name: str, tmp_path: Path) -> None:
    check_step(name, tmp_path, small=False)
