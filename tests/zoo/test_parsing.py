"""Every shipped config says how to run it, and everything it names can be built."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from hrnet_mm.data.findings import report
from hrnet_mm.data.rules import check_config
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.errors import UserError
from tests.zoo.configs import CONFIGS, leaves, load, stock
from tests.zoo.stepping import loaders

LEAVES = leaves()
# Measured by others, and measured here on sets that fit a laptop.
REPRODUCING = re.compile(
    r"\S[^\n]*\.\n\n"
    r"Reproduces: \S[^\n]*\n(?: {12}\S[^\n]*\n)*"
    r"Batch:      (?P<gpus>\d+) GPUs? \u00d7 (?P<batch>\d+)\n"
    r"Command:    (?P<command>\S[^\n]*(?:\n {12}\S[^\n]*)*)\n"
    r"(?:\n.+)?",
    re.DOTALL,
)
EXPECTING = re.compile(
    r"\S[^\n]*\.\n\n(?:.*\n\n)?Expected: \S.*\nCommand:  (?P<command>\S.*)", re.DOTALL
)


@cache
def docstring(name: str) -> str:
    """Read the docstring of a config, for mmengine keeps none."""
    return ast.get_docstring(ast.parse((CONFIGS / name).read_text()), clean=False) or ""


def is_measured_here(name: str) -> bool:
    return "\nExpected: " in docstring(name)


def is_only_tested(name: str) -> bool:
    return "; to test only.\n" in docstring(name)


@pytest.mark.parametrize("name", LEAVES)
def test_transforms_build(name: str) -> None:
    cfg = load(name)
    init_default_scope(cfg.default_scope)
    for loader in loaders(cfg):
        for dataset in datasets_of(loader.dataset):
            assert dataset.pipeline
            Compose(dataset.pipeline)
    if "tta_pipeline" in cfg:
        Compose(cfg.tta_pipeline)


def datasets_of(dataset: Any) -> list[Any]:
    """List the datasets that a wrapper holds, or the dataset itself."""
    inner = dataset.get("datasets") or ([dataset.dataset] if "dataset" in dataset else [])
    return [leaf for child in inner for leaf in datasets_of(child)] or [dataset]


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("name", LEAVES)
def test_missing_data_are_named(
    name: str, split: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cfg = load(name)
    if f"{split}_dataloader" not in cfg:
        assert is_only_tested(name)
        return
    with pytest.raises(UserError) as error:
        report(check_config(RunConfig(cfg=cfg, splits=(split,))))
    lines = str(error.value).splitlines()
    missing = [line for line in lines if re.search(r"^\w+\.\S+: data/\S+ does not exist", line)]
    assert any(line.startswith(f"{split}_dataloader.dataset.") for line in missing)
    others = [line for line in lines if line not in missing]
    assert all(line.startswith("there is no checkpoint file work_dirs/") for line in others)


@pytest.mark.parametrize("name", LEAVES)
def test_docstring_says_how_to_run(name: str) -> None:
    text = docstring(name)
    if is_measured_here(name):
        form = EXPECTING.fullmatch(text)
        assert form, text
        command = form["command"].split()
        assert command in (make_demo(name), run_command(name, gpus=1))
        return

    form = REPRODUCING.fullmatch(text)
    assert form, text
    gpus, batch = int(form["gpus"]), int(form["batch"])
    cfg: Config = load(name)
    if is_only_tested(name):
        command = ["python", "tools/test.py", f"configs/{name}", "CHECKPOINT"]
    else:
        command = run_command(name, gpus=gpus)
        assert cfg.train_dataloader.batch_size == batch
    assert form["command"].split() == command
    assert cfg.auto_scale_lr.base_batch_size == gpus * batch
    in_name = re.search(r"(\d+)xb(\d+)", Path(name).stem)
    assert in_name is None or (int(in_name[1]), int(in_name[2])) == (gpus, batch)


def run_command(name: str, *, gpus: int) -> list[str]:
    if gpus == 1:
        return ["python", "tools/train.py", f"configs/{name}"]
    return ["bash", "tools/dist_train.sh", f"configs/{name}", str(gpus)]


def make_demo(name: str) -> list[str]:
    return ["make", "demo", f"TASK={Path(name).stem.split('_')[0]}"]


def test_batch_of_toy_and_laptop_configs_is_that_of_their_names() -> None:
    for name in filter(is_measured_here, LEAVES):
        in_name = re.search(r"_1xb(\d+)", Path(name).stem)
        if in_name is not None:
            assert load(name).train_dataloader.batch_size == int(in_name[1]), name


def trains_with_cudnn_benchmark(name: str) -> bool:
    """Say whether the source of a recipe lets cuDNN choose its algorithms by trying them.

    The official codes of all tasks but detection do (CUDNN.BENCHMARK in their yaml or defaults.py),
    and so does mmseg's default_runtime.py; those of mmpose, mmdet and mmpretrain do not. What is
    ours stays repeatable.
    """
    recipe = docstring(name).partition("\n")[0]
    if is_measured_here(name) or name.startswith("det/"):
        return False
    return name.startswith("seg/") or "official recipe" in recipe


@pytest.mark.parametrize("name", LEAVES)
def test_cudnn_benchmark_is_that_of_the_recipe(name: str) -> None:
    assert load(name).env_cfg.cudnn_benchmark == trains_with_cudnn_benchmark(name)


@pytest.mark.parametrize("toolbox", ["mmpose", "mmdet", "mmseg", "mmpretrain"])
def test_cudnn_benchmark_of_the_toolboxes(toolbox: str) -> None:
    runtime = stock(toolbox, "_base_/default_runtime.py")
    assert runtime.env_cfg.cudnn_benchmark == (toolbox == "mmseg")
