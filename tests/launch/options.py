"""Command lines as tests give them."""

from pathlib import Path
from typing import Any

from hrnet_mm.launch.predicting import PredictOptions


def predict_options(config: Any, *inputs: Any, out_dir: Path, **others: Any) -> PredictOptions:
    """Make the options of a prediction on the CPU."""
    default = dict(
        score_thr=None,
        classes=(),
        batch_size=2,
        device="cpu",
        no_vis=False,
        format="json",
        overwrite=False,
        max_frames=None,
        tta=False,
        slide=None,
        memory_format="auto",
        boxes=None,
        detector=None,
        detector_classes=(),
        cfg_options={},
    )
    given: dict[str, Any] = default | others
    inputs = tuple(str(path) for path in inputs)
    return PredictOptions(config=str(config), inputs=inputs, out_dir=out_dir, **given)
