"""Ports a stock HRNet config to `HRNetBackbone` and the necks of this package."""

import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from hrnet_mm.apis.config_text import assignment
from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.stock_configs import (
    TOOLBOXES,
    Published,
    find_published,
    find_stock_config,
    stock_name,
)
from hrnet_mm.data.nodes import each, type_name, walk
from hrnet_mm.errors import UserError
from hrnet_mm.models.arch import ARCHS, HRNetArch
from hrnet_mm.models.hrnet import HRNetBackbone
from hrnet_mm.models.necks import HRNetClsNeck, HRNetV2p
from hrnet_mm.shipped import command_of
from hrnet_mm.whole_file import whole_file

Options = dict[str, Any]

# What the HRNet of a toolbox does, other than HRNetBackbone, where its config says nothing.
BACKBONE_DEFAULTS: dict[str, Options] = {
    "mmpose": dict(
        init_cfg=[
            dict(type="Normal", std=0.001, layer=["Conv2d"]),
            dict(type="Constant", val=1, layer=["_BatchNorm", "GroupNorm"]),
        ]
    ),
    "mmseg": dict(upsample="bilinear"),
    "mmdet": dict(norm_eval=True),
    "mmpretrain": dict(arch="w32"),
}
NECKS = {"HRFPN": HRNetV2p, "HRFuseScales": HRNetClsNeck}


@dataclass(frozen=True, kw_only=True)
class PortedConfig:
    """A stock config, and what changes in it.

    Attributes:
        stock: Its name, such as ``mmpose::FOLDER/NAME.py``, or its path if it is no toolbox's.
        model: What replaces parts of its ``model``.
        imports: The modules that the ported config imports.
        published: The figures and weights of the toolbox.
    """

    stock: str
    model: Mapping[str, Any]
    imports: Sequence[str]
    published: Published | None

    def text(self, target: Path) -> str:
        """Return the Python text of the ported config, for a file ``target``."""
        base = self.stock
        if "::" not in base:
            base = Path(os.path.relpath(base, target.parent)).as_posix()
        imports = dict(imports=self.imports, allow_failed_imports=False)
        return f'''"""{self.stock} on HRNetBackbone.

{_published_lines(self.published)}\
Command:    {command_of("train")} {target}
            {command_of("test")} {target} CHECKPOINT
"""

{assignment("_base_", base)}
{assignment("custom_imports", imports)}
{assignment("model", self.model)}
'''


def write_ported(config: str, target: Path) -> PortedConfig:
    """Port a stock config and write it to a Python file.

    Raises:
        UserError: As `port`; or the target is no Python file, or the stock config itself.
    """
    ported = port(config)
    if target.suffix != ".py" or target.resolve() == find_stock_config(config).resolve():
        raise UserError(f"{target}: give another file to write, whose name ends in .py")
    with whole_file(target) as unfinished:
        unfinished.write_text(ported.text(target))
    return ported


def port(config: str) -> PortedConfig:
    """Port a stock config whose model has an HRNet, by the porting table of the README.

    Args:
        config: Path of an OpenMMLab config, or its name, such as ``mmpose::FOLDER/NAME.py``.

    Raises:
        UserError: There is no such config, or it cannot be ported.
    """
    path = find_stock_config(config)
    cfg = read_config(str(path))
    if Config._is_lazy_import(str(path)):
        raise UserError(
            f"{config} is in mmengine's new style, with imports in place of _base_: it cannot be "
            "inherited by a config of the old style"
        )
    _check_place(cfg.get("model") or {}, config=config)
    name = stock_name(path)
    imports = (cfg.get("custom_imports") or {}).get("imports") or []
    return PortedConfig(
        stock=name or str(path),
        model=_ported_model(cfg.model.to_dict(), scope=cfg.get("default_scope")),
        imports=[*([imports] if isinstance(imports, str) else imports), "hrnet_mm"],
        published=find_published(name) if name else None,
    )


def _check_place(model: Mapping[str, Any], *, config: str) -> None:
    places = [key for key, node in walk(model, "model") if type_name(node) == "HRNet"]
    if not places:
        backbone = type_name(model.get("backbone")) or "missing"
        raise UserError(f"{config}: model.backbone is {backbone}, not HRNet")
    if places != ["model.backbone"]:
        raise UserError(
            f"{config}: HRNet is {', '.join(places)}; only a single one, at model.backbone, can be "
            "ported"
        )


def _ported_model(model: Options, *, scope: str | None) -> Options:
    prefix = str(model["backbone"]["type"]).rpartition(".")[0]
    toolbox = prefix or scope
    if toolbox not in TOOLBOXES:
        raise UserError(f"the HRNet is of {toolbox}, which is none of {', '.join(TOOLBOXES)}")
    ported: Options = {}
    if toolbox == "mmseg" and model.get("pretrained"):
        model["backbone"]["pretrained"] = model["pretrained"]
        ported["pretrained"] = None
    ported["backbone"] = dict(_delete_=True, **_ported_backbone(model["backbone"], toolbox))
    necks = [neck for _, neck in each(model.get("neck"), "neck")]
    if any(type_name(neck) in NECKS for neck in necks):
        necks = [_ported_neck(neck) for neck in necks]
        single = isinstance(model["neck"], Mapping)
        ported["neck"] = dict(_delete_=True, **necks[0]) if single else necks
    return ported


def _ported_backbone(stock: Options, toolbox: str) -> Options:
    options = {**BACKBONE_DEFAULTS[toolbox], **stock}
    extra = options.pop("extra", None)
    if extra or "arch" not in options:
        arch = HRNetArch.from_extra(extra or {})
        options["arch"] = next((name for name, known in ARCHS.items() if known == arch), extra)
    if toolbox == "mmpose":
        multiscale = extra["stage4"].get("multiscale_output", False)
        upsample = extra.get("upsample", {})
        options["upsample"] = upsample.get("mode", "nearest")
        options["align_corners"] = bool(upsample.get("align_corners"))
    else:
        multiscale = options.pop("multiscale_output", True)
    if not multiscale:
        options["out_indices"] = (0,)
    if checkpoint := options.pop("pretrained", None):
        options["init_cfg"] = dict(type="Pretrained", checkpoint=checkpoint)
    return _options_of(HRNetBackbone, options)


def _ported_neck(stock: Mapping[str, Any]) -> Options:
    name = type_name(stock)
    options = dict(stock)
    if name not in NECKS:
        return options
    if name == "HRFPN":
        options.pop("norm_cfg", None)  # which HRFPN takes and does not use
    return _options_of(NECKS[name], options)


def _options_of(cls: type, options: Options) -> Options:
    """Return the config of a class, in its own order and without its defaults."""
    parameters = inspect.signature(cls).parameters
    for name in options.keys() - parameters.keys() - {"type", "_scope_"}:
        raise UserError(f"{name}={options[name]!r}: {cls.__name__} has no such argument")
    kept = {
        name: options[name]
        for name, parameter in parameters.items()
        if name in options and options[name] != parameter.default
    }
    return dict(type=cls.__name__, **kept)


def _published_lines(published: Published | None) -> str:
    if published is None:
        return "Reproduces: no published figures\n"
    results = "".join(f"{line}\n            " for line in published.results)
    return (
        f"Reproduces: {results}({published.source})\n"
        f"Weights:    {published.weights or 'none are published'}\n"
    )
