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
from types import ModuleType
from typing import Any

from hrnet_mm.compat.repair import Repair
from hrnet_mm.errors import CheckpointError

_IMPORTERS = ("mmengine.runner.runner", "mmengine.infer.infer", "mmdet.apis.det_inferencer")


# Where the checkpoint that was loaded last is from, by its identity: it is a plain dict, which may
# be saved again, so nothing can be written on it.
_last_loaded: dict[int, str] = {}


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

        if str(filename).endswith(".safetensors"):
            content: Any = read_safetensors(str(filename))
        else:
            content = stock(cls, filename, map_location, logger)
        content = opened(content)
        _last_loaded.clear()
        _last_loaded[id(content)] = str(filename)
        return content

    loader.load_checkpoint = classmethod(load_checkpoint)


def _fitted(model: Any, checkpoint: Any) -> Any:
    from mmengine.logging import print_log
    from mmengine.model import BaseTTAModel, is_model_wrapper

    from hrnet_mm.checkpoint import fit, needs_fitting

    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):  # as mmengine will
        model = model.module
    source = _last_loaded.get(id(checkpoint), "the checkpoint")
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


def _average_fitted_weights(module: ModuleType) -> None:
    """Let EMAHook, which reads a checkpoint before the model does, read what the model will."""
    hook = module.EMAHook
    stock = hook.after_load_checkpoint

    def after_load_checkpoint(self: Any, runner: Any, checkpoint: dict[str, Any]) -> None:
        if not runner._resume:
            checkpoint.update(_fitted(runner.model, checkpoint))
        stock(self, runner, checkpoint)

    hook.after_load_checkpoint = after_load_checkpoint


def _find_trunk_itself(module: ModuleType) -> None:
    """Let ``init_cfg`` with a ``prefix`` find the trunk of any file, as without one."""
    stock = module.PretrainedInit.__call__

    def initialise(self: Any, backbone: Any) -> None:
        from hrnet_mm.models import HRNetBackbone

        prefix = self.prefix
        if isinstance(backbone, HRNetBackbone):
            self.prefix = None
        try:
            stock(self, backbone)
        finally:
            self.prefix = prefix

    module.PretrainedInit.__call__ = initialise


def _has_backbone(_: ModuleType) -> bool:
    return find_spec("mmcv") is not None  # which it is made of


REPAIRS = (
    Repair(
        title="public HRNet files load into HRNetBackbone",
        waits_for="mmengine.runner.checkpoint",
        is_faulty=_has_backbone,
        mend=_serve_public_files,
    ),
    Repair(
        title="EMAHook starts from public HRNet files",
        waits_for="mmengine.hooks.ema_hook",
        is_faulty=_has_backbone,
        mend=_average_fitted_weights,
    ),
    Repair(
        title="init_cfg with a prefix finds the trunk of public HRNet files",
        waits_for="mmengine.model.weight_init",
        is_faulty=_has_backbone,
        mend=_find_trunk_itself,
    ),
)
