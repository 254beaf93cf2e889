"""A config is put together as OpenMMLab's are: a model, a dataset, a schedule and a runtime."""

import ast
import re
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from tests.zoo.configs import CONFIGS, leaves, load

LEAVES = leaves()
# A toy recipe for longer names the demo's, and differs in its schedule alone.
LONG_TOYS = [name for name in LEAVES if re.match(r"toy/.+_\d+e_toy-", name)]
OTHERS = [name for name in LEAVES if name not in LONG_TOYS]
BASES = sorted((CONFIGS / "_base_").rglob("*.py"))
TASKS = ("cls", "det", "pose", "seg")
RECIPES = {"official", "mmpose", "mmseg", "mmdet", "mmpretrain", "ours"}
MOST_FILES, MOST_LEVELS = 8, 3
# What the Runner, our tools and the toolboxes' inferencers look up in a config.
READ = {
    "custom_imports",
    "default_scope",
    "randomness",
    "default_hooks",
    "custom_hooks",
    "env_cfg",
    "visualizer",
    "log_processor",
    "log_level",
    "load_from",
    "resume",
    "model",
    "data_preprocessor",
    "tta_model",
    "tta_pipeline",
    "test_pipeline",
    "dataset_type",  # mmpose's inferencers
    "data_mode",
    "train_cfg",
    "val_cfg",
    "test_cfg",
    "train_dataloader",
    "val_dataloader",
    "test_dataloader",
    "val_evaluator",
    "test_evaluator",
    "optim_wrapper",
    "param_scheduler",
    "auto_scale_lr",
}


@cache
def bases_of(path: Path) -> list[Path]:
    """Return the files that a config names in ``_base_``."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_base_":
            named = ast.literal_eval(node.value)
            names = [named] if isinstance(named, str) else named
            return [(path.parent / name).resolve() for name in names]
    return []


def files_of(path: Path) -> list[Path]:
    """Return a config and all that it inherits from."""
    return [path, *(file for base in bases_of(path) for file in files_of(base))]


def levels_of(path: Path) -> int:
    return 1 + max(map(levels_of, bases_of(path)), default=0)


@pytest.mark.parametrize("name", OTHERS)
def test_a_leaf_names_at_most_a_model_a_dataset_and_a_schedule_and_its_runtime(name: str) -> None:
    bases = [base.relative_to(CONFIGS / "_base_") for base in bases_of(CONFIGS / name)]
    *others, runtime = bases
    task = runtime.parts[0]
    assert runtime == Path(task, "default_runtime.py")
    assert all(base.parts[1] == task for base in others)
    kinds = [base.parts[0] for base in others]
    # What one leaf alone has, such as the dataset of a toy config, is written in that leaf.
    assert kinds == [kind for kind in ("models", "datasets", "schedules") if kind in kinds]
    assert name.startswith((f"{task}/", f"toy/{task}_"))


@pytest.mark.parametrize("name", LONG_TOYS)
def test_a_long_toy_recipe_is_the_demos_but_for_its_schedule(name: str) -> None:
    demo = re.sub(r"_\d+e_", "_", name)
    assert bases_of(CONFIGS / name) == [CONFIGS / demo]
    assert without_schedule(load(name)) == without_schedule(load(demo))


def without_schedule(config: Any) -> dict[str, Any]:
    """Leave out epochs, learning rate, batch size and how often something is done."""
    cfg = config.to_dict()
    del cfg["param_scheduler"], cfg["train_cfg"], cfg["optim_wrapper"]["optimizer"]["lr"]
    del cfg["train_dataloader"]["batch_size"], cfg["default_hooks"]["checkpoint"]["interval"]
    return cfg


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_has_few_files_and_levels(name: str) -> None:
    assert len(set(files_of(CONFIGS / name))) <= MOST_FILES
    assert levels_of(CONFIGS / name) <= MOST_LEVELS


def test_a_leaf_has_at_most_six_files_on_average() -> None:
    assert mean(len(set(files_of(CONFIGS / name))) for name in LEAVES) <= 6


@pytest.mark.parametrize("base", BASES, ids=lambda path: path.relative_to(CONFIGS).as_posix())
def test_a_base_inherits_from_at_most_one_and_several_leaves_use_it(base: Path) -> None:
    assert len(bases_of(base)) <= 1
    assert sum(base in files_of(CONFIGS / name) for name in LEAVES) > 1


@pytest.mark.parametrize("name", LEAVES)
def test_the_path_says_whose_recipe_it_is(name: str) -> None:
    folders = Path(name).parts[:-1]
    assert folders == ("toy",) or (len(folders) == 3 and folders[-1] in RECIPES)


@pytest.mark.parametrize("name", LEAVES)
def test_every_name_of_a_merged_config_is_read(name: str) -> None:
    """Otherwise ``--cfg-options NAME...`` would do nothing and not say so."""
    assert load(name).keys() <= READ
