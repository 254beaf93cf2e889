"""Configs by path or by name, as a run or a prediction takes them."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from hrnet_mm.apis.model_zoo import nearest_names, zoo_models
from hrnet_mm.data.nodes import type_name
from hrnet_mm.errors import UserError


def read_config(config: str, overrides: dict[str, Any] | None = None) -> Config:
    """Read a config and apply overrides.

    Args:
        config: Path of a config file, or the name of a model of the zoo.
        overrides: New values, by dotted key.

    Raises:
        UserError: There is neither such a file nor such a name, the file is no config, or an
            override does not fit into it.
    """
    path = _config_file(config)
    try:
        cfg = Config.fromfile(path)
    except Exception as error:  # a config is a Python program, which can raise anything
        name = "" if isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: "
        raise UserError(f"cannot read the config {path}: {name}{error}") from error
    _sort_by_number([*cfg.values()])
    override(cfg, overrides or {})
    return cfg


def _config_file(config: str) -> Path:
    path = Path(config)
    if path.is_file():
        return path
    if path.is_dir():
        raise UserError(f"{config} is a folder; give the config file in it, or a model's name")
    names = {model.name: model for model in zoo_models()}
    if config not in names:
        raise UserError(
            f"there is no config file {config}, nor a model of that name; the nearest names: "
            f"{nearest_names(path.stem)}"
        )
    return names[config].config


def _sort_by_number(node: Any) -> None:
    """Sort dicts whose keys are numbers, such as the keypoints of a metainfo.

    In a config that mmengine has dumped, 10 comes before 2, and mmpose flips keypoints by order.
    """
    if isinstance(node, dict):
        if all(type(key) is int for key in node):
            for key in sorted(node):
                node[key] = node.pop(key)
        _sort_by_number([*node.values()])
    elif isinstance(node, (list, tuple)):
        for child in node:
            _sort_by_number(child)


def override(cfg: Config, options: dict[str, Any]) -> None:
    """Apply overrides, by dotted key.

    Raises:
        UserError: One does not fit into the config.
    """
    try:
        cfg.merge_from_dict(options)
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"--cfg-options do not fit the config: {error.args[0]}") from error


def tested_dataset(cfg: Config) -> Any:
    """Return the dataset of a config's test, whose pipeline prepares images.

    Raises:
        UserError: The config has none, or it consists of others.
    """
    dataset = (cfg.get("test_dataloader") or {}).get("dataset") or {}
    if "pipeline" not in dataset:
        found = f", only the {type_name(dataset)}" if dataset else ""
        raise UserError(
            f"{cfg.filename} has no test_dataloader.dataset with a pipeline, which prepares images"
            f"{found}; give a config that tests with one dataset"
        )
    return dataset


def augment_test(cfg: Config) -> None:
    """Let a config be tested with its own test-time augmentation.

    Raises:
        UserError: It has none, or no dataset to test with.
    """
    if "tta_model" not in cfg or "tta_pipeline" not in cfg:
        raise UserError(f"--tta: {cfg.filename} sets no tta_model and tta_pipeline")
    tested_dataset(cfg).pipeline = cfg.tta_pipeline
    cfg.model = dict(cfg.tta_model, module=cfg.model)
