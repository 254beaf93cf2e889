"""Objects are those that mmdet's heads find in the same feature maps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from mmdet.models import FCOSHead
from mmengine.config import ConfigDict

from hrnet_mm.apis.predictor import Predictor
from hrnet_mm.deploy.detection import detections_in
from hrnet_mm.deploy.tasks import BoxCoder, DenseHead, DetTask, Resize, TwoStageHead
from hrnet_mm.results import Detections
from tests.apis.models import write_toy_model
from tests.deploy.bundles import example_bundle

INPUT = example_bundle().input
RESIZES = (Resize(scale=(256, 192), keep_ratio=False),)
STRIDES = (8, 16, 32)

Arrays = dict[str, np.ndarray]


def _task(head: DenseHead | TwoStageHead) -> DetTask:
    return DetTask(resizes=RESIZES, head=head, classes=(), palette=())


def _assert_same(found: Detections, expected: Detections) -> None:
    assert len(found.boxes) > 30
    assert found.boxes.dtype == found.scores.dtype == np.float32
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)
    # Which of equal scores comes first depends on rounding.
    distances = abs(found.boxes[:, None] - expected.boxes).max(axis=-1)
    distances[found.labels[:, None] != expected.labels] = np.inf
    partners = distances.argmin(axis=1)
    assert sorted(partners) == list(range(len(expected.boxes)))
    assert distances.min(axis=1).max() < 0.01
    assert abs(found.scores - expected.scores[partners]).max() < 1e-6


@pytest.mark.parametrize("candidates", [20, 1000])
def test_boxes_are_those_of_fcos(candidates: int) -> None:
    image = np.zeros((90, 130, 3), np.uint8)
    rng = np.random.default_rng(0)
    outputs: Arrays = {}
    for level, stride in enumerate(STRIDES):
        size = (192 // stride, 256 // stride)
        outputs[f"scores{level}"] = rng.normal(-2, 1, (1, 4, *size))
        outputs[f"boxes{level}"] = rng.uniform(-0.5, 6, (1, 4, *size)) * stride
        outputs[f"centerness{level}"] = rng.normal(0, 1, (1, 1, *size))
    outputs = {name: maps.astype(np.float32) for name, maps in outputs.items()}
    found = detections_in(
        image,
        task=_task(
            DenseHead(
                strides=STRIDES,
                score_threshold=0.2,
                candidates_per_level=candidates,
                nms_threshold=0.5,
                max_boxes=60,
            )
        ),
        described=INPUT,
        graphs={"model": lambda _: outputs},
    )
    test_cfg = dict(
        nms_pre=candidates,
        min_bbox_size=0,
        score_thr=0.2,
        nms=dict(type="nms", iou_threshold=0.5),
        max_per_img=60,
    )
    host = FCOSHead(
        num_classes=4, in_channels=1, strides=list(STRIDES), test_cfg=ConfigDict(test_cfg)
    )
    meta = dict(img_shape=(192, 256), scale_factor=(256 / 130, 192 / 90))
    kinds = ("scores", "boxes", "centerness")
    levels = [[torch.tensor(outputs[f"{kind}{i}"]) for i in range(3)] for kind in kinds]
    (expected,) = host.predict_by_feat(*levels, batch_img_metas=[meta], rescale=True)
    _assert_same(
        found,
        Detections(
            boxes=expected.bboxes.numpy(),  # type: ignore
            scores=expected.scores.numpy(),  # type: ignore
            labels=expected.labels.numpy(),  # type: ignore
        ),
    )


def test_nothing_found_is_no_error() -> None:
    dense = DenseHead(
        strides=(64,),
        score_threshold=1.0,
        candidates_per_level=9,
        nms_threshold=0.5,
        max_boxes=9,
    )
    coder = BoxCoder(means=(0, 0, 0, 0), stds=(1, 1, 1, 1), legacy=False)
    outside = ((-90.0, -90.0, -80.0, -80.0),)
    two_stage = TwoStageHead(
        base_anchors=(outside,),
        strides=(1,),
        proposal_coder=coder,
        candidates_per_level=9,
        proposal_nms_threshold=0.5,
        max_proposals=9,
        box_coder=coder,
        score_threshold=0.0,
        nms_threshold=0.5,
        max_boxes=9,
    )
    four = np.zeros((1, 4, 3, 4), np.float32)
    one = four[:, :1]
    dense_outputs = dict(scores0=four, boxes0=four, centerness0=one)
    for head, name, outputs in (
        (dense, "model", dense_outputs),
        (two_stage, "features", dict(level0=one, objectness0=one, deltas0=four)),
    ):
        found = detections_in(
            np.zeros((90, 130, 3), np.uint8),
            task=_task(head),
            described=INPUT,
            graphs={name: lambda _, outputs=outputs: outputs},
        )
        assert found.boxes.shape == (0, 4)
        assert found.scores.shape == found.labels.shape == (0,)


class _FasterRCNN:
    """The two graphs of a model, computed by itself."""

    def __init__(self, network: Any) -> None:
        self._network = network

    @torch.inference_mode()
    def features(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        levels = self._network.extract_feat(torch.from_numpy(inputs["image"]))
        objectness, deltas = self._network.rpn_head(levels)
        kinds = dict(level=levels, objectness=objectness, deltas=deltas)
        return {
            f"{name}{i}": x.numpy() for name, all_x in kinds.items() for i, x in enumerate(all_x)
        }

    @torch.inference_mode()
    def roi_head(self, inputs: Mapping[str, np.ndarray]) -> Arrays:
        head, rois = self._network.roi_head, torch.from_numpy(inputs["rois"])
        number = head.bbox_roi_extractor.num_inputs
        levels = [torch.from_numpy(inputs[f"level{i}"]) for i in range(number)]
        scores, deltas = head.bbox_head(head.bbox_roi_extractor(levels, rois))
        return dict(scores=scores.numpy(), deltas=deltas.numpy())


def _described(network: Any, *, legacy: bool) -> TwoStageHead:
    anchors = network.rpn_head.prior_generator
    rpn, rcnn = network.rpn_head.test_cfg, network.roi_head.test_cfg
    coders = [
        BoxCoder(means=tuple(coder.means), stds=tuple(coder.stds), legacy=legacy)
        for coder in (network.rpn_head.bbox_coder, network.roi_head.bbox_head.bbox_coder)
    ]
    return TwoStageHead(
        base_anchors=tuple(tuple(map(tuple, level.tolist())) for level in anchors.base_anchors),
        strides=tuple(x for x, _ in anchors.strides),
        proposal_coder=coders[0],
        candidates_per_level=rpn.nms_pre,
        proposal_nms_threshold=rpn.nms.iou_threshold,
        max_proposals=rpn.max_per_img,
        box_coder=coders[1],
        score_threshold=rcnn.score_thr,
        nms_threshold=rcnn.nms.iou_threshold,
        max_boxes=rcnn.max_per_img,
    )


@pytest.mark.parametrize(
    ("coder", "agnostic"), [("DeltaXYWHBBoxCoder", False), ("LegacyDeltaXYWHBBoxCoder", True)]
)
def test_boxes_are_those_of_faster_rcnn(
    coder: str, agnostic: bool, toy_scenes: Path, images: list[Path], tmp_path: Path
) -> None:
    options = {
        "model.rpn_head.bbox_coder.type": coder,
        "model.roi_head.bbox_head.bbox_coder.type": coder,
        "model.roi_head.bbox_head.reg_class_agnostic": agnostic,
    }
    model = write_toy_model("det", toy_scenes, tmp_path, **options)
    host = Predictor(model.config, model.checkpoint, score_threshold=0.0)
    network: Any = host.loaded.network
    graphs = _FasterRCNN(network)
    head = _described(network, legacy=coder.startswith("Legacy"))
    for path in images:
        image = cv2.imread(str(path))
        assert image is not None
        (prediction,) = host(image)
        found = detections_in(
            image,
            task=_task(head),
            described=INPUT,
            graphs=dict(features=graphs.features, roi_head=graphs.roi_head),
        )
        assert isinstance(prediction.result, Detections)
        _assert_same(found, prediction.result)
