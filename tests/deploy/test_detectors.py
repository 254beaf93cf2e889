"""Which parts of detectors become graphs, and how boxes are made of what these give."""

from typing import Any

import pytest
import torch
from mmengine.config import ConfigDict

from hrnet_mm.deploy.detectors import detector_parts, head_of, pool
from hrnet_mm.deploy.tasks import BoxCoder, DenseHead, TwoStageHead
from hrnet_mm.errors import UserError
from tests.deploy.tiny import tiny_network

KINDS = ["det", "fcos", "cascade"]


@pytest.fixture(scope="module")
def networks() -> dict[str, Any]:
    return {kind: tiny_network(kind) for kind in KINDS}


@pytest.mark.parametrize(
    ("kind", "head", "names", "outputs"),
    [
        ("det", TwoStageHead, ["features", "roi_head"], 4 + 2 * 5),
        ("fcos", DenseHead, ["model"], 3 * 5),
        ("cascade", type(None), ["features"], 5),
    ],
)
def test_parts(
    kind: str, head: Any, names: list[str], outputs: int, networks: dict[str, Any]
) -> None:
    found = head_of(networks[kind])
    assert type(found) is head
    parts = detector_parts(networks[kind], found)
    assert [part.name for part in parts] == names
    with torch.no_grad():
        assert len(parts[0].compute(networks[kind], torch.randn(1, 3, 128, 96))) == outputs
    assert len(parts[0].outputs) == outputs


def test_the_head_of_faster_rcnn(networks: dict[str, Any]) -> None:
    head = head_of(networks["det"])
    assert isinstance(head, TwoStageHead)
    assert head.strides == (4, 8, 16, 32, 64)
    assert [len(level) for level in head.base_anchors] == [3] * 5
    assert head.base_anchors[0][1] == (-8, -8, 8, 8)
    assert head.proposal_coder == BoxCoder(means=(0, 0, 0, 0), stds=(1, 1, 1, 1), legacy=False)
    assert head.box_coder.stds == (0.1, 0.1, 0.2, 0.2)
    assert (head.candidates_per_level, head.max_proposals, head.max_boxes) == (500, 200, 100)
    assert (head.proposal_nms_threshold, head.nms_threshold) == (0.7, 0.5)


def test_the_head_of_fcos(networks: dict[str, Any]) -> None:
    assert head_of(networks["fcos"]) == DenseHead(
        strides=(8, 16, 32, 64, 128),
        score_threshold=0.05,
        candidates_per_level=1000,
        nms_threshold=0.5,
        max_boxes=100,
    )


@pytest.mark.parametrize(
    "nms",
    [dict(type="soft_nms", iou_threshold=0.5), dict(type="nms", iou_threshold=0.5, max_num=9)],
)
def test_another_nms_is_refused(nms: dict[str, Any], networks: dict[str, Any]) -> None:
    network = networks["fcos"]
    usual = network.bbox_head.test_cfg
    network.bbox_head.test_cfg = ConfigDict(usual, nms=nms)
    try:
        with pytest.raises(UserError, match=r"no bundle has the \{'type': '(soft_)?nms'"):
            head_of(network)
    finally:
        network.bbox_head.test_cfg = usual


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("sampling_ratio", [0, 2])
def test_pools_as_mmdets_extractor(
    aligned: bool, sampling_ratio: int, networks: dict[str, Any]
) -> None:
    network = networks["det"]
    extractor = network.roi_head.bbox_roi_extractor
    for layer in extractor.roi_layers:
        layer.aligned, layer.sampling_ratio = aligned, sampling_ratio
    _, part = detector_parts(network, head_of(network))
    with torch.no_grad():
        *levels, rois = part.inputs_of(network, torch.randn(2, 3, 512, 640))
        assert set(extractor.map_roi_levels(rois, 4).tolist()) == {0, 1, 2}
        expected = extractor(levels, rois)
        found = pool(extractor, levels, rois)
    assert (found - expected).abs().max() <= 1e-6 * expected.abs().max()
