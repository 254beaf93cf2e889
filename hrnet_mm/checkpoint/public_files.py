"""Loads every public HRNet file wherever mmengine loads a checkpoint.

mmengine and the toolboxes load only files that name weights as the model does, and skip what does
not fit with a warning, so that a backbone may stay as it was initialised. Official and timm files
name heads otherwise, lack the ``meta`` that the toolboxes' ``init_model`` reads, or are in the
safetensors format.

Here a model with an `HRNetBackbone` gets the weights of any HRNet file by its own names
(`hrnet_mm.checkpoint.loading`), with a report, or a `CheckpointError`. Its own checkpoints, and
models without an `HRNetBackbone`, load as in mmengine. What is replaced of mmengine:
``CheckpointLoader.load_checkpoint``, ``_load_checkpoint_to_model``, ``PretrainedInit`` with a
``prefix``, ``call_hook`` of the runners, for hooks such as EMAHook that read the checkpoint, and
``load_from_http`` for files with a hash in their names, which are checked (`download`).
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from urllib.parse import urlparse

from hrnet_mm.checkpoint.download import fetch, hash_in
from hrnet_mm.errors import CheckpointError
from hrnet_mm.post_import import Patch, replace_function

Revisions = Iterable[tuple[str, str]]  # patterns in a file's names and their replacements
_STOCK_REVISIONS = ((r"^module\.", ""),)  # mmengine's default

# The path of the checkpoint that was loaded last, by the id of its dict. It is not stored in the
# dict, which may be saved again.
_last_loaded: dict[int, str] = {}


def _fit_to_models(module: ModuleType) -> None:
    stock = module._load_checkpoint_to_model
    _load_public_files(module.CheckpointLoader)

    def _load_checkpoint_to_model(
        model: Any,
        checkpoint: Any,
        strict: bool = False,
        logger: Any = None,
        revise_keys: Revisions = _STOCK_REVISIONS,
    ) -> Any:
        fitted = _fitted(model, checkpoint, revise_keys=revise_keys)
        revise_keys = revise_keys if fitted is checkpoint else ()
        return stock(model, fitted, strict, logger, revise_keys)

    replace_function(module, stock, _load_checkpoint_to_model)


def _load_public_files(loader: Any) -> None:
    stock = loader.load_checkpoint.__func__

    def load_checkpoint(
        cls: type, filename: Any, map_location: Any = None, logger: Any = "current"
    ) -> Any:
        from hrnet_mm.checkpoint.commands import as_mmengine_checkpoint
        from hrnet_mm.checkpoint.files import read_safetensors

        if str(filename).endswith(".safetensors"):
            content: Any = read_safetensors(str(filename))
        else:
            content = stock(cls, filename, map_location, logger)
        content = as_mmengine_checkpoint(content)
        _last_loaded.clear()
        _last_loaded[id(content)] = str(filename)
        return content

    loader.load_checkpoint = classmethod(load_checkpoint)


def _fetch_checked(module: ModuleType) -> None:
    stock, load_from_local = module.load_from_http, module.load_from_local
    register_scheme = module.CheckpointLoader.register_scheme

    def load_from_http(
        filename: str, map_location: Any = None, model_dir: str | None = None, **kwargs: Any
    ) -> Any:
        if model_dir is not None or hash_in(urlparse(filename).path) is None:
            return stock(filename, map_location, model_dir, **kwargs)
        return load_from_local(str(fetch(filename)), map_location)

    register_scheme(prefixes=("http://", "https://"), loader=load_from_http, force=True)
    replace_function(module, stock, load_from_http)


def _fitted(
    model: Any,
    checkpoint: Any,
    *,
    revise_keys: Revisions = _STOCK_REVISIONS,
    prefix: str | None = None,
) -> Any:
    """Return a checkpoint with the weights by the model's names; itself if it has them already.

    With a ``prefix``, only weights below it are taken.
    """
    from mmengine.logging import print_log
    from mmengine.model import BaseTTAModel, is_model_wrapper

    from hrnet_mm.checkpoint.loading import fit, needs_fitting, weights_below
    from hrnet_mm.checkpoint.matching import backbone_prefixes
    from hrnet_mm.checkpoint.recognise import find_weights

    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):  # as mmengine does
        model = model.module
    if not backbone_prefixes(model):
        return checkpoint
    source = _last_loaded.get(id(checkpoint), "the checkpoint")
    try:
        given = weights_below(checkpoint, prefix) if prefix else find_weights(checkpoint)
        weights = {_revised(name, revise_keys): weight for name, weight in given.items()}
        if needs_fitting(model, weights):
            content = {"state_dict": weights, "meta": checkpoint.get("meta")}
            weights, report = fit(model, content)
            print_log(f"Weights of {source}\n{report.text()}", logger="current")
        elif not prefix and weights.keys() == given.keys():
            return checkpoint
    except CheckpointError as error:
        raise CheckpointError(f"Cannot load {source}: {error}") from error
    return {**checkpoint, "state_dict": OrderedDict(weights)}  # mmengine sets _metadata


def _revised(name: str, revise_keys: Revisions) -> str:
    for pattern, replacement in revise_keys:
        name = re.sub(pattern, replacement, name)
    return name


def _fit_before_hooks(module: ModuleType) -> None:
    """Fit a checkpoint before hooks such as EMAHook read it, which is before the model does."""
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
                    # Of another model; "state_dict" holds the averaged weights already.
                    checkpoint.pop("ema_state_dict", None)
        stock(self, fn_name, **kwargs)

    runner.call_hook = call_hook


def _fit_below_prefixes(module: ModuleType) -> None:
    """Let ``init_cfg`` with a ``prefix`` take the weights below it in any HRNet file."""
    stock = module.PretrainedInit.__call__

    def initialise(self: Any, model: Any) -> None:
        from mmengine.runner import checkpoint as loading

        from hrnet_mm.checkpoint.matching import backbone_prefixes
        from hrnet_mm.checkpoint.recognise import find_weights

        if self.prefix is None or not backbone_prefixes(model):
            stock(self, model)
            return
        checkpoint = loading._load_checkpoint(self.checkpoint, map_location=self.map_location)
        weights = find_weights(_fitted(model, checkpoint, prefix=self.prefix))
        loading.load_state_dict(model, weights, strict=False, logger="current")
        if hasattr(model, "_params_init_info"):
            module.update_init_info(model, init_info=self._get_init_info())

    module.PretrainedInit.__call__ = initialise


def _has_backbone(_: ModuleType) -> bool:
    return find_spec("mmcv") is not None  # HRNetBackbone is built with it


PATCHES = (
    Patch(
        title="public HRNet files load into HRNetBackbone",
        waits_for="mmengine.runner.checkpoint",
        is_needed=_has_backbone,
        apply=_fit_to_models,
    ),
    Patch(
        title="files from addresses are checked by the hash in their names",
        waits_for="mmengine.runner.checkpoint",
        is_needed=lambda _: True,
        apply=_fetch_checked,
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
        apply=_fit_below_prefixes,
    ),
)
