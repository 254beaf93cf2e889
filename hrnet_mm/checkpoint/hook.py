"""Every public HRNet file loads where mmengine loads a checkpoint.

Missing (mmengine and all toolboxes): official and timm files name heads otherwise, lack the
``meta`` that the toolboxes' ``init_model`` reads, or are safetensors; what does not fit is skipped
with a warning, down to a trunk that stays as it was initialised.

Mended: a model with an `HRNetBackbone` gets the weights of any HRNet file by its own names, with a
report, or a `CheckpointError` (`hrnet_mm.checkpoint`). Its own checkpoints, and other models, load
as before. This is a service of this package and stays.
"""

import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import Patch

# mmengine's: a pattern in the names of a file and what to put in its place.
_REVISED = ((r"^module\.", ""),)

# Where the checkpoint that was loaded last is from, by its identity: it is a plain dict, which may
# be saved again, so nothing can be written on it.
_last_loaded: dict[int, str] = {}


def _serve_public_files(module: ModuleType) -> None:
    stock = module._load_checkpoint_to_model
    _open_public_files(module.CheckpointLoader)

    def load_checkpoint_to_model(
        model: Any,
        checkpoint: Any,
        strict: bool = False,
        logger: Any = None,
        revise_keys: Iterable[tuple[str, str]] = _REVISED,
    ) -> Any:
        fitted = _fitted(model, checkpoint, revise_keys=revise_keys)
        if fitted is not checkpoint:
            revise_keys = ()
        return stock(model, fitted, strict, logger, revise_keys)

    _replace(module, "_load_checkpoint_to_model", load_checkpoint_to_model)


def _open_public_files(loader: Any) -> None:
    stock = loader.load_checkpoint.__func__

    def load_checkpoint(
        cls: type, filename: Any, map_location: Any = None, logger: Any = "current"
    ) -> Any:
        from hrnet_mm.checkpoint.commands import opened
        from hrnet_mm.checkpoint.files import read_safetensors

        if str(filename).endswith(".safetensors"):
            content: Any = read_safetensors(str(filename))
        else:
            content = stock(cls, filename, map_location, logger)
        content = opened(content)
        _last_loaded.clear()
        _last_loaded[id(content)] = str(filename)
        return content

    loader.load_checkpoint = classmethod(load_checkpoint)


def _fitted(
    model: Any,
    checkpoint: Any,
    *,
    revise_keys: Iterable[tuple[str, str]] = _REVISED,
    prefix: str | None = None,
) -> Any:
    """Return a checkpoint with the weights as the model names them; itself if nothing is to do.

    Args:
        model: The model, wrapped or not.
        checkpoint: Of the file.
        revise_keys: Patterns in its names and what to put in their place.
        prefix: What is before the names of the weights that are wanted.
    """
    from mmengine.logging import print_log
    from mmengine.model import BaseTTAModel, is_model_wrapper

    from hrnet_mm.checkpoint.loading import below, fit, needs_fitting
    from hrnet_mm.checkpoint.matching import trunks_of
    from hrnet_mm.checkpoint.recognise import find_weights

    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):  # as mmengine will
        model = model.module
    if not trunks_of(model):
        return checkpoint
    source = _last_loaded.get(id(checkpoint), "the checkpoint")
    try:
        weights = below(checkpoint, prefix) if prefix else find_weights(checkpoint)
        weights = {_revised(name, revise_keys): weight for name, weight in weights.items()}
        if needs_fitting(model, weights):
            content = {"state_dict": weights, "meta": checkpoint.get("meta")}
            weights, report = fit(model, content)
            print_log(f"Weights of {source}\n{report.text()}", logger="current")
        elif not prefix:
            return checkpoint
    except CheckpointError as error:
        raise CheckpointError(f"Cannot load {source}: {error}") from error
    return {**checkpoint, "state_dict": OrderedDict(weights)}  # mmengine writes on it


def _revised(name: str, revise_keys: Iterable[tuple[str, str]]) -> str:
    for pattern, replacement in revise_keys:
        name = re.sub(pattern, replacement, name)
    return name


def _replace(module: ModuleType, name: str, new: Callable[..., Any]) -> None:
    """Put a function in place of another, also where that one was imported by name."""
    old = getattr(module, name)
    for importer in list(sys.modules.values()):
        if getattr(importer, "__dict__", {}).get(name) is old:
            setattr(importer, name, new)


def _fit_before_hooks(module: ModuleType) -> None:
    """Let hooks that read a checkpoint before the model does, as EMAHooks, read what it will."""
    from mmengine.hooks import Hook
    from mmengine.utils import is_method_overridden

    runner = getattr(module, "FlexibleRunner", None) or module.Runner
    stock = runner.call_hook
    event = "after_load_checkpoint"

    def call_hook(self: Any, fn_name: str, **kwargs: Any) -> None:
        if fn_name == event and not self._resume:
            checkpoint = kwargs["checkpoint"]
            if any(is_method_overridden(event, Hook, hook) for hook in self.hooks):
                fitted = _fitted(self.model, checkpoint)
                if fitted is not checkpoint:
                    checkpoint.update(fitted)
                    # The average of another model; "state_dict" has its weights already.
                    checkpoint.pop("ema_state_dict", None)
        stock(self, fn_name, **kwargs)

    runner.call_hook = call_hook


def _serve_prefixes(module: ModuleType) -> None:
    """Let ``init_cfg`` with a ``prefix`` take the weights of any file below it."""
    stock = module.PretrainedInit.__call__

    def initialise(self: Any, model: Any) -> None:
        from mmengine.runner import checkpoint as loading

        from hrnet_mm.checkpoint.matching import trunks_of
        from hrnet_mm.checkpoint.recognise import find_weights

        if self.prefix is None or not trunks_of(model):
            stock(self, model)
            return
        checkpoint = loading._load_checkpoint(self.checkpoint, map_location=self.map_location)
        weights = find_weights(_fitted(model, checkpoint, prefix=self.prefix))
        loading.load_state_dict(model, weights, strict=False, logger="current")
        if hasattr(model, "_params_init_info"):
            module.update_init_info(model, init_info=self._get_init_info())

    module.PretrainedInit.__call__ = initialise


def _has_backbone(_: ModuleType) -> bool:
    return find_spec("mmcv") is not None  # which it is made of


PATCHES = (
    Patch(
        title="public HRNet files load into HRNetBackbone",
        waits_for="mmengine.runner.checkpoint",
        is_needed=_has_backbone,
        apply=_serve_public_files,
    ),
    *(
        Patch(
            title=f"EMA starts from public HRNet files ({name})",
            waits_for=f"mmengine.runner.{module}",
            is_needed=_has_backbone,
            apply=_fit_before_hooks,
        )
        for name, module in (("Runner", "runner"), ("FlexibleRunner", "_flexible_runner"))
    ),
    Patch(
        title="init_cfg with a prefix finds the weights of public HRNet files",
        waits_for="mmengine.model.weight_init",
        is_needed=_has_backbone,
        apply=_serve_prefixes,
    ),
)
