"""Every public HRNet file loads where mmengine loads a checkpoint.

Missing (mmengine and all toolboxes): official and timm files name heads otherwise, lack the
``meta`` that the toolboxes' ``init_model`` reads, or are safetensors; what does not fit is skipped
with a warning, down to a trunk that stays as it was initialised.

Mended: a model with an `HRNetBackbone` gets the weights of any HRNet file by its own names, with a
report, or a `CheckpointError` (`hrnet_mm.checkpoint`). Its own checkpoints, and other models, load
as before. This is a service of this package and stays.
"""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from hrnet_mm.compat.repair import Repair

_IMPORTERS = ("mmengine.runner.runner", "mmengine.infer.infer", "mmdet.apis.det_inferencer")


class _FromFile(dict):
    """A loaded checkpoint that knows where it is from."""

    source = "the checkpoint"


def _serve_public_files(module: ModuleType) -> None:
    _open_public_files(module.CheckpointLoader)
    stock = module._load_checkpoint_to_model

    def load_checkpoint_to_model(model: Any, checkpoint: Any, *args: Any, **kwargs: Any) -> Any:
        return stock(model, _fitted(model, checkpoint), *args, **kwargs)

    _replace(module, "_load_checkpoint_to_model", load_checkpoint_to_model)


def _open_public_files(loader: Any) -> None:
    stock = loader.load_checkpoint.__func__

    def load_checkpoint(
        cls: type, filename: Any, map_location: Any = None, logger: Any = "current"
    ) -> Any:
        from hrnet_mm.checkpoint import opened, read_safetensors

        if str(filename).endswith(".safetensors") and "://" not in str(filename):
            content: Any = read_safetensors(Path(filename).expanduser())
        else:
            content = stock(cls, filename, map_location, logger)
        content = opened(content)
        if type(content) is not dict:  # others carry more than their items
            return content
        result = _FromFile(content)
        result.source = str(filename)
        return result

    loader.load_checkpoint = classmethod(load_checkpoint)


def _fitted(model: Any, checkpoint: Any) -> Any:
    from mmengine.logging import print_log

    from hrnet_mm.checkpoint import fit, needs_fitting
    from hrnet_mm.compat.checkpoint_loading import CheckpointError

    source = getattr(checkpoint, "source", _FromFile.source)
    try:
        if not needs_fitting(model, checkpoint):
            return checkpoint
        weights, report = fit(model, checkpoint)
    except CheckpointError as error:
        raise CheckpointError(f"Cannot load {source}: {error}") from error
    print_log(f"Weights of {source}\n{report.text()}", logger="current")
    return {**checkpoint, "state_dict": weights}


def _replace(module: ModuleType, name: str, new: Callable[..., Any]) -> None:
    """Put a function in place of another, also where that one was imported by name."""
    old = getattr(module, name)
    setattr(module, name, new)
    for importer in _IMPORTERS:
        if getattr(sys.modules.get(importer), name, None) is old:
            setattr(sys.modules[importer], name, new)


REPAIR = Repair(
    title="public HRNet files load into HRNetBackbone",
    waits_for="mmengine.runner.checkpoint",
    is_faulty=lambda _: find_spec("mmcv") is not None,  # without it there is no backbone
    mend=_serve_public_files,
)
