"""How it draws is in tests/checkpoint/test_public_files.py, with the files that it is for."""

from types import SimpleNamespace
from typing import Any

from hrnet_mm.compat.mmseg_inferencer import REPAIR


def test_an_mmseg_that_reads_the_classes_is_left_alone() -> None:
    class MMSegInferencer:
        def __init__(self, model: Any) -> None:
            self.shown = model.dataset_meta

    module: Any = SimpleNamespace(MMSegInferencer=MMSegInferencer)
    assert not REPAIR.is_needed(module)


def test_classes_given_by_hand_are_kept() -> None:
    shown = []

    class MMSegInferencer:
        def __init__(self, model: Any, *_: Any, **__: Any) -> None:
            self.model = model
            self.visualizer = SimpleNamespace(set_dataset_meta=lambda *meta: shown.append(meta))

    module: Any = SimpleNamespace(MMSegInferencer=MMSegInferencer)
    assert REPAIR.is_needed(module)
    REPAIR.apply(module)
    model = SimpleNamespace(dataset_meta=dict(classes=["cell"], palette=[[1, 2, 3]]))
    module.MMSegInferencer(model, classes=["mouse"], palette=[[0, 0, 0]])
    module.MMSegInferencer(model, dataset_name="ade")
    assert shown == []
    module.MMSegInferencer(model)
    assert shown == [(["cell"], [[1, 2, 3]])]
