"""mmseg's Inferencer draws predictions with the checkpoint's classes.

Broken: ``MMSegInferencer`` loads the classes and colours of a checkpoint into its model and then
draws with those of Cityscapes, unless ``dataset_name``, or ``classes`` and ``palette``, are given:
the names in the drawings are wrong, and more than 19 classes raise an error.
Since: mmseg 1.0, up to 1.2.2.
Can go: when mmseg draws with the classes of the checkpoint.
"""

from functools import wraps
from types import ModuleType
from typing import Any

from hrnet_mm.post_import import Patch


def _draws_as_cityscapes(module: ModuleType) -> bool:
    return "dataset_meta" not in module.MMSegInferencer.__init__.__code__.co_names


def _draw_with_own_classes(module: ModuleType) -> None:
    cls = module.MMSegInferencer
    stock = cls.__init__

    @wraps(stock)
    def init(  # noqa: PLR0917  (the signature is mmseg's)
        self: Any,
        model: Any,
        weights: str | None = None,
        classes: Any = None,
        palette: Any = None,
        dataset_name: str | None = None,
        **options: Any,
    ) -> None:
        stock(self, model, weights, classes, palette, dataset_name, **options)
        meta = self.model.dataset_meta
        if not (classes or palette or dataset_name) and meta.get("classes") and meta.get("palette"):
            self.visualizer.set_dataset_meta(meta["classes"], meta["palette"])

    cls.__init__ = init


REPAIR = Patch(
    title="mmseg's Inferencer draws with the classes of the checkpoint",
    waits_for="mmseg.apis.mmseg_inferencer",
    is_needed=_draws_as_cityscapes,
    apply=_draw_with_own_classes,
)
