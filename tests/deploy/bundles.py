"""Bundles for tests, whose graphs are made by hand."""

from typing import Any

from hrnet_mm.deploy.bundle import Bundle, ClsTask, NetworkInput, Output
from hrnet_mm.version import __version__


def cls_bundle(**changes: Any) -> Bundle:
    """Describe a classifier of two classes."""
    fields: dict[str, Any] = dict(
        hrnet_mm=__version__,
        format="onnx",
        task=ClsTask(short_edge=None, backend="cv2", crop=None, classes=("cat", "dog")),
        input=NetworkInput(
            name="image",
            width=None,
            height=None,
            batch=None,
            mean=(123.675, 116.28, 103.53),
            std=(58.395, 57.12, 57.375),
            channel_order="rgb",
        ),
        outputs=(Output(name="logits", shape=(None, 2), stride=None, meaning="of the classes"),),
        files={},
        config="config.py",
        weights_sha256="0" * 64,
        versions={"torch": "2"},
        tolerance=1e-4,
        error=1e-6,
        date="2026-01-01T00:00:00",
    )
    return Bundle(**(fields | changes))
