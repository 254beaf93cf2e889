"""The HRNet configs of the installed toolboxes, and comparison of a model with its ported one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope
from torch import Tensor, nn

from hrnet_mm.apis.config_text import assignment
from hrnet_mm.apis.stock_configs import TOOLBOXES, find_stock_config, stock_folder
from hrnet_mm.benchmark.speed.stock import extra_of
from hrnet_mm.data.nodes import type_name, walk
from hrnet_mm.models.arch import ARCHS
from tests.models.stock import randomise
from tests.zoo.stepping import make_sparse, nodes

HEIGHT, WIDTH = 64, 96  # divisible by 32


def stock_configs() -> list[str]:
    """List the configs of the installed toolboxes that are run, not inherited from."""
    names: list[str] = []
    for toolbox in TOOLBOXES:
        folder = stock_folder(toolbox)
        assert folder is not None, toolbox
        paths = (path.relative_to(folder) for path in sorted(folder.rglob("*.py")))
        names += [f"{toolbox}::{path.as_posix()}" for path in paths if "_base_" not in path.parts]
    return names


def hrnet_configs() -> list[str]:
    """List those with an HRNet, or a relative of it, by their file names."""
    names = re.compile(r"hrnet|hrformer|_hr\d+s?_")
    return [name for name in stock_configs() if names.search(name.rpartition("/")[2])]


def firsts_of_kinds() -> list[str]:
    """List the narrowest HRNet of each method of each toolbox, by the file names."""
    kinds: dict[str, dict[int, str]] = {}
    for name in hrnet_configs():
        found = re.search(r"/([a-z-]+_hr(?:net)?(?:v2p?)?|hrnet)(?:-w)?(\d+)[^/]*$", name)
        if found:
            kinds.setdefault(found[1], {}).setdefault(int(found[2]), name)
    return [widths[min(widths)] for widths in kinds.values()]


def write_shallow(name: str, path: Path) -> None:
    """Write a config over a stock one with the same widths, the fewest layers and new weights."""
    backbone = Config.fromfile(find_stock_config(name)).model.backbone.to_dict()
    arch = backbone.pop("arch", None)
    extra = backbone.setdefault("extra", extra_of(ARCHS[arch]) if arch else {})
    for i in range(1, 5):
        stage = extra[f"stage{i}"]
        stage.update(num_modules=1, num_blocks=(1,) * stage["num_branches"])
    backbone.pop("init_cfg", None)
    model: dict[str, Any] = dict(backbone=dict(_delete_=True, **backbone))
    if name.startswith("mmseg"):
        model["pretrained"] = None
    path.write_text(f"{assignment('_base_', name)}\n{assignment('model', model)}\n")


def types_in(name: str) -> set[str]:
    """Return the types of all parts of a config's model; none if mmengine cannot read it."""
    try:
        cfg = Config.fromfile(find_stock_config(name))
    except Exception:  # a config is a program, and some of the toolboxes' are broken
        return set()
    return {type_name(node) for _, node in walk(cfg.get("model"), "model")}


def without_scopes(node: Any) -> Any:
    """Leave out the toolbox that mmengine notes in what is inherited from it."""
    if isinstance(node, dict):
        return {key: without_scopes(value) for key, value in node.items() if key != "_scope_"}
    return [without_scopes(item) for item in node] if isinstance(node, (list, tuple)) else node


def built(cfg: Any) -> Any:
    """Build the model of a config; that of a detector with few boxes and slim heads."""
    init_default_scope(cfg.default_scope)
    if cfg.default_scope == "mmdet":
        make_sparse(cfg.model)
        for node in nodes(cfg.model):
            if "fc_out_channels" in node:
                node["fc_out_channels"] = 8
    return MODELS.build(cfg.model)


@torch.no_grad()
def assert_same_outputs(ours: Any, stock: Any) -> None:
    """Check that the models have the same features and outputs with the same weights."""
    assert list(ours.state_dict()) == list(stock.state_dict())
    randomise(stock)
    ours.load_state_dict(stock.state_dict(), strict=True)
    image = torch.randn(1, 3, HEIGHT, WIDTH)
    for mode in (True, False):
        assert_equal(*(model.train(mode).extract_feat(image) for model in (ours, stock)))
    assert_equal(*(outputs(model, image) for model in (ours, stock)))


def outputs(model: nn.Module, image: Tensor) -> Any:
    """Run a model with its head, in the mode "tensor" where the toolbox has it for all models."""
    toolbox = type(model).__module__.partition(".")[0]
    if toolbox == "mmseg":
        return model.encode_decode(image, [dict(img_shape=image.shape[2:])])  # type: ignore
    if toolbox == "mmdet":
        from mmdet.structures import DetDataSample

        meta = dict(img_shape=(HEIGHT, WIDTH), ori_shape=(HEIGHT, WIDTH), scale_factor=(1, 1))
        return model(image, [DetDataSample(metainfo=meta)], mode="tensor")
    return model(image, None, mode="tensor")


def assert_equal(ours: Any, stock: Any) -> None:
    pairs = list(zip(tensors(ours), tensors(stock), strict=True))
    assert pairs
    for a, b in pairs:
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def tensors(tree: Any) -> Iterator[Tensor]:
    """Yield the tensors in what a model returns."""
    if isinstance(tree, Tensor):
        yield tree
    children = tree.values() if isinstance(tree, dict) else tree
    if isinstance(tree, (dict, list, tuple)):
        for child in children:
            yield from tensors(child)
