"""The images by which a model is calibrated: those of its training, as they look in a test."""

import copy
import io
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, init_default_scope
from torch import Tensor
from torch.nn import functional as F

from hrnet_mm.apis.model import build_model
from hrnet_mm.data.run_config import DatasetConfig, RunConfig
from hrnet_mm.deploy.tasks import Size, Window
from hrnet_mm.errors import UserError

_SEED = 0  # of the choice of images


class CalibrationImages(Sequence[np.ndarray]):
    """Images of the training set as a network gets them in a test: (1, 3, H, W), float32.

    They go through the config's test pipeline, in which nothing is left to chance, and through the
    model's data preprocessor, each when it is asked for.

    Attributes:
        size: Width and height that the network takes; None if it takes any.
        window: Of a segmentation model that sees images through windows; None for any other.

    Args:
        cfg: The config.
        number: How many; all if the training set has fewer.

    Raises:
        UserError: The config has no training set, or that has no images or does not exist.
    """

    def __init__(self, cfg: Config, *, number: int) -> None:
        init_default_scope(cfg.default_scope)
        datasets = [_built(described, cfg) for described in _datasets(cfg, "train")]
        places = [(dataset, index) for dataset in datasets for index in range(len(dataset))]
        if not places:
            raise UserError(f"--int8: the train_dataloader.dataset of {cfg.filename} has no images")
        chosen = np.random.default_rng(_SEED).permutation(len(places))[:number]
        self._places = [places[index] for index in chosen]
        self._preprocessor: Any = build_model(cfg).data_preprocessor.eval()
        self.size: Size | None = None
        self.window: Window | None = None

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: Any) -> Any:
        dataset, index = self._places[number]
        batch = self._preprocessor(pseudo_collate([dataset[index]]), training=False)
        return self._fitted(batch["inputs"]).numpy()

    def _fitted(self, images: Tensor) -> Tensor:
        if self.window is not None:
            images = _center(images, self.window.size)
        if self.size is not None and tuple(images.shape[:1:-1]) != self.size:
            images = F.interpolate(images, self.size[::-1], mode="bilinear", antialias=True)
        return images


def _datasets(cfg: Config, split: str) -> tuple[DatasetConfig, ...]:
    """Return the datasets of a split, without those that wrap them."""
    datasets = RunConfig(cfg=cfg, splits=(split,)).datasets
    if not datasets:
        raise UserError(f"--int8: {cfg.filename} has no {split}_dataloader.dataset")
    return datasets


def _built(described: DatasetConfig, cfg: Config) -> Any:
    if path := described.missing_path:
        raise UserError(
            f"--int8: there is no {path}, which {described.key} names: no images to calibrate with"
        )
    pipeline = _datasets(cfg, "test")[0].options["pipeline"]
    options = copy.deepcopy({**described.options, "pipeline": pipeline})
    # Some readers of annotations print what they do.
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return DATASETS.build(options)


def _center(images: Tensor, size: Size) -> Tensor:
    height, width = images.shape[2:]
    left, top = (max(0, (a - b) // 2) for a, b in zip((width, height), size, strict=True))
    return images[..., top : top + size[1], left : left + size[0]]
