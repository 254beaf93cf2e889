"""Batches for steps of training, made up in the form that each toolbox's pipelines give."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.structures import PixelData

from hrnet_mm.benchmark.complexity import Size
from hrnet_mm.data.nodes import type_name, walk
from hrnet_mm.errors import UserError

_BOXES = 10  # in an image
# The steps of mmpose's pipelines that make targets of keypoints.
_TARGETS = ("GenerateTarget", "BottomupGetHeatmapMask", "PackPoseInputs")

Batch = dict[str, Any]


def training_batch(cfg: Config, *, size: Size, number: int) -> Batch:
    """Return random images with random targets, the same at each call.

    Args:
        cfg: A whole config.
        size: Width and height.
        number: Of images.

    Raises:
        UserError: The config's toolbox is not known.
    """
    makers = {"mmpose": _pose, "mmseg": _seg, "mmdet": _det, "mmpretrain": _cls}
    scope = cfg.get("default_scope")
    if scope not in makers:
        raise UserError(f"{cfg.filename}: default_scope is {scope!r}; choose from {[*makers]}")
    return makers[scope](cfg, size, number, np.random.default_rng(0))


def _images(size: Size, number: int, rng: np.random.Generator) -> list[torch.Tensor]:
    shape = (3, size[1], size[0])
    return [torch.from_numpy(rng.integers(0, 256, shape, np.uint8)) for _ in range(number)]


def _pose(cfg: Config, size: Size, number: int, rng: np.random.Generator) -> Batch:
    """Make targets by the last steps of the config's own pipeline."""
    from mmpose.apis.inference import dataset_meta_from_config

    meta = dataset_meta_from_config(cfg, dataset_mode="train")
    assert meta is not None
    points = meta["num_keypoints"]
    pipeline = Compose([step for step in _pipeline(cfg) if step["type"] in _TARGETS])
    samples: list[Any] = []
    for image in _images(size, number, rng):
        keypoints = rng.uniform(0, 1, (1, points, 2)).astype(np.float32) * size
        sample = dict(
            img=image.numpy().transpose(1, 2, 0),
            img_shape=size[::-1],
            ori_shape=size[::-1],
            input_size=size,
            keypoints=keypoints,
            transformed_keypoints=keypoints,
            keypoints_visible=np.ones((1, points), np.float32),
            dataset_keypoint_weights=np.ones(points, np.float32),
            flip_indices=[*range(points)],
            id=[0],
            bbox=np.array([[0, 0, *size]], np.float32),
        )
        samples.append(pipeline(sample))
    return {key: [sample[key] for sample in samples] for key in ("inputs", "data_samples")}


def _pipeline(cfg: Config) -> list[dict[str, Any]]:
    found = [node["pipeline"] for _, node in walk(cfg.train_dataloader, "") if "pipeline" in node]
    steps = [step for pipeline in found for step in pipeline]
    # Of datasets within a dataset, each has its own first steps.
    return [*{step["type"]: step for step in steps}.values()]


def _seg(cfg: Config, size: Size, number: int, rng: np.random.Generator) -> Batch:
    from mmseg.structures import SegDataSample

    classes = min(_class_counts(cfg))
    samples = []
    for _ in range(number):
        labels = torch.from_numpy(rng.integers(0, classes, (1, size[1], size[0])))
        described = dict(img_shape=size[::-1], ori_shape=size[::-1])
        samples.append(SegDataSample(gt_sem_seg=PixelData(data=labels), metainfo=described))
    return dict(inputs=_images(size, number, rng), data_samples=samples)


def _det(cfg: Config, size: Size, number: int, rng: np.random.Generator) -> Batch:
    from mmdet.testing import demo_mm_inputs

    del rng  # it has a seed of its own
    heads = [type_name(node) for _, node in walk(cfg.model, "")]
    return demo_mm_inputs(
        batch_size=number,
        image_shapes=[(3, size[1], size[0])] * number,
        num_items=[_BOXES] * number,
        num_classes=max(2, min(_class_counts(cfg))),
        with_mask=any("MaskHead" in name for name in heads),
        with_semantic=any("SemanticHead" in name for name in heads),
        use_box_type=True,
    )


def _cls(cfg: Config, size: Size, number: int, rng: np.random.Generator) -> Batch:
    from mmpretrain.structures import DataSample

    classes = min(_class_counts(cfg))
    samples = [DataSample().set_gt_label(int(rng.integers(classes))) for _ in range(number)]
    return dict(inputs=_images(size, number, rng), data_samples=samples)


def _class_counts(cfg: Config) -> Iterator[int]:
    node: Mapping[str, Any]
    for _, node in walk(cfg.model, "model"):
        if "num_classes" in node:
            yield node["num_classes"]
