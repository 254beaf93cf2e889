"""A toolbox's model goes on as before with another network in the place of its own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hrnet_mm.deploy.detectors import head_of
from hrnet_mm.deploy.parts import heatmaps_part
from hrnet_mm.deploy.replacing import (
    graph_computation,
    parts_of,
    replace_network,
    torch_computation,
)
from hrnet_mm.errors import UserError
from tests.deploy.bundles import example_bundle
from tests.deploy.tiny import tiny_network

IMAGES = (2, 3, 64, 96)


def heads_outputs(network: Any, images: Tensor) -> Any:
    """Return what FCOS gives to its decoding."""
    return [x for level in network.bbox_head(network.extract_feat(images)) for x in level]


def both_stages(network: Any, images: Tensor) -> Any:
    """Return what Faster R-CNN gives to its choice of proposals, and to its decoding."""
    levels = network.extract_feat(images)
    objectness, deltas = network.rpn_head(levels)
    rois = torch.tensor([[0.0, 3, 4, 60, 50], [1, 0, 0, 20, 30], [1, 8, 8, 90, 60]])
    found = network.roi_head._bbox_forward(levels, rois)
    return [*objectness, *deltas, found["cls_score"], found["bbox_pred"]]


USES: dict[str, tuple[str, Callable[..., Any]]] = {
    "pose": ("pose", lambda network, x: [network(x, None, mode="tensor")]),
    "seg": ("seg", lambda network, x: [network.encode_decode(x, [dict(img_shape=x.shape[2:])])]),
    "cls": ("cls", lambda network, x: [network(x, None, mode="tensor")]),
    "fcos": ("det", heads_outputs),
    "det": ("det", both_stages),
    "cascade": ("det", lambda network, x: network.extract_feat(x)),
}


@pytest.mark.parametrize("kind", USES)
def test_what_comes_after_the_network_gets_the_same(kind: str) -> None:
    task, use = USES[kind]
    network, images = tiny_network(kind), torch.randn(IMAGES)
    with torch.no_grad():
        expected = use(network, images)
        head = head_of(network) if task == "det" else None
        computations = {
            part.name: torch_computation(network, part, half=False, compiled=False)
            for part in parts_of(network, task=task, head=head)
        }
        for parameter in network.parameters():  # none of which is used any more
            parameter.fill_(float("nan"))
        replace_network(network, computations, task=task, head=head)
        found = use(network, images)
    assert len(found) == len(expected)
    for x, y in zip(found, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=0, atol=1e-5 * float(y.abs().max()))


def test_labels_get_all_votes() -> None:
    network = tiny_network("seg")
    labels = torch.randint(network.out_channels, (2, *IMAGES[2:]), dtype=torch.int32)
    replace_network(network, {"model": lambda _: (labels,)}, task="seg", head=None)
    scores = network.encode_decode(torch.zeros(IMAGES), [dict(img_shape=IMAGES[2:])])
    assert scores.shape == (2, network.out_channels, *IMAGES[2:])
    assert torch.equal(scores.argmax(dim=1), labels.long())


def test_half_precision_of_torch() -> None:
    network, part, images = tiny_network("pose"), heatmaps_part(), torch.randn(IMAGES)
    with torch.no_grad():
        (expected,) = part.compute(network, images)
        (found,) = torch_computation(network, part, half=True, compiled=False)(images)
        assert found.dtype == torch.float32
        error = (found - expected).abs().max() / expected.abs().max()
        assert 1e-6 < error < 1e-2
        network.head.final_layer.weight.mul_(1e6)
        with pytest.raises(UserError, match="model overflows in half precision: use single"):
            torch_computation(network, part, half=True, compiled=False)(images)


def test_a_graph_gets_images_of_its_size_alone() -> None:
    def graph(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"out": inputs["image"] + 1}

    run = graph_computation(graph, example_bundle("pose"), name="model")
    (output,) = run(torch.ones(2, 3, 128, 96))
    assert torch.equal(output, torch.full((2, 3, 128, 96), 2.0))
    with pytest.raises(UserError, match="takes images of 96x128, and the test has one of 64x32"):
        run(torch.ones(1, 3, 32, 64))


def test_coordinates_keep_their_precision() -> None:
    kinds: dict[str, Any] = {}

    def graph(inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        kinds.update({name: x.dtype for name, x in inputs.items()})
        return {"scores": inputs["level0"].astype(np.float16), "labels": np.zeros(3, np.int32)}

    bundle = example_bundle()
    half = replace(bundle, input=replace(bundle.input, dtype="float16"))
    scores, labels = graph_computation(graph, half, name="roi_head")(
        torch.ones(1, 2, 4, 4), torch.ones(1, 2, 2, 2), torch.ones(3, 5)
    )
    assert kinds == {"level0": np.float16, "level1": np.float16, "rois": np.float32}
    assert (scores.dtype, labels.dtype) == (torch.float32, torch.int32)
