"""mmcv.ops on the stand-in: suppression, regions of interest, focal loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import hrnet_mm  # noqa: F401  (mmcv.ops imports only after it)
from tests.compat.mmcv_ext import operator_formulas as formulas
from tests.compat.mmcv_ext.operator_formulas import (
    REGIONS,
    assert_same,
    random_boxes,
    random_tensor,
)

# isort: split
from mmcv import ops

# ------------------------------------------------------------------ nms


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.7])
def test_nms(threshold: float, offset: int) -> None:
    boxes, scores = random_boxes(61)
    dets, kept = ops.nms(boxes, scores, threshold, offset=offset)
    assert kept.tolist() == formulas.greedy_nms(boxes, scores, threshold, offset=offset)
    assert 1 < len(kept) < 61
    torch.testing.assert_close(dets, torch.cat((boxes, scores[:, None]), dim=1)[kept])


def test_nms_offset_decides() -> None:
    pair = torch.tensor([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]])  # IoU 1/3, or 1/2 in pixels
    scores = torch.tensor([0.9, 0.8])
    assert len(ops.nms(pair, scores, 0.4, offset=0)[1]) == 2
    assert len(ops.nms(pair, scores, 0.4, offset=1)[1]) == 1


def test_nms_keeps_an_iou_that_equals_the_threshold() -> None:
    pair = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 6.0]])  # 0.6, in float32
    assert len(ops.nms(pair, torch.tensor([0.9, 0.8]), 0.6)[1]) == 2


def test_nms_score_threshold_and_max_num() -> None:
    boxes, scores = random_boxes(40)
    wanted = [i for i in formulas.greedy_nms(boxes, scores, 0.5) if scores[i] > 0.3]
    _, kept = ops.nms(boxes, scores, 0.5, score_threshold=0.3, max_num=4)
    assert kept.tolist() == wanted[:4]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_nms_of_other_types(dtype: torch.dtype) -> None:
    boxes, scores = (tensor.to(dtype) for tensor in random_boxes(7))
    dets, kept = ops.nms(boxes, scores, 0.5)
    assert dets.dtype == dtype
    assert kept.tolist() == formulas.greedy_nms(boxes.double(), scores.double(), 0.5)


def test_nms_of_arrays_and_of_nothing() -> None:
    boxes, scores = random_boxes(9)
    dets, kept = ops.nms(boxes.numpy(), scores.numpy(), 0.5)
    assert isinstance(dets, np.ndarray)
    assert kept.tolist() == formulas.greedy_nms(boxes, scores, 0.5)
    dets, kept = ops.nms(boxes[:0], scores[:0], 0.5)
    assert dets.shape == (0, 5)
    assert kept.shape == (0,)
    assert kept.dtype == torch.long


@pytest.mark.parametrize("config", [{}, {"split_thr": 1}, {"class_agnostic": True}])
def test_batched_nms(config: dict) -> None:
    boxes, scores = random_boxes(50)
    classes = torch.arange(50) % 3
    dets, kept = ops.batched_nms(boxes, scores, classes, {"iou_threshold": 0.4, **config})
    groups = [range(50)] if config.get("class_agnostic") else [range(c, 50, 3) for c in range(3)]
    indices = [torch.tensor(group) for group in groups]
    wanted = torch.cat([i[formulas.greedy_nms(boxes[i], scores[i], 0.4)] for i in indices])
    assert kept.tolist() == wanted[scores[wanted].argsort(descending=True)].tolist()
    torch.testing.assert_close(dets, torch.cat((boxes, scores[:, None]), dim=1)[kept])


# ------------------------------------------------------------------ soft-nms


@pytest.mark.parametrize("min_score", [0.001, 0.3])
@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("method", ["naive", "linear", "gaussian"])
def test_soft_nms(method: str, offset: int, min_score: float) -> None:
    boxes, scores = random_boxes(37)
    options = {"method": method, "offset": offset, "min_score": min_score}
    wanted = formulas.soft_nms(boxes, scores, **options)
    dets, kept = ops.soft_nms(boxes, scores, iou_threshold=0.3, sigma=0.5, **options)
    assert kept.tolist() == [i for i, _ in wanted]
    torch.testing.assert_close(dets[:, :4], boxes[kept])
    torch.testing.assert_close(dets[:, 4], torch.tensor([score for _, score in wanted]))


def test_soft_nms_keeps_the_best_box_whatever_its_score() -> None:
    dets, kept = ops.soft_nms(random_boxes(5)[0], torch.full((5,), 1e-4))
    assert len(kept) == len(dets) == 1


def test_soft_nms_of_nothing_and_of_boxes_without_area() -> None:
    boxes, scores = random_boxes(2)
    assert ops.soft_nms(boxes[:0], scores[:0])[0].shape == (0, 5)
    scores = torch.tensor([0.5, 0.9, 0.7])
    dets, kept = ops.soft_nms(torch.zeros(3, 4), scores, method="gaussian")
    assert kept.tolist() == [1, 2, 0]
    torch.testing.assert_close(dets[:, 4], scores[kept])


# ------------------------------------------------------------------ regions of interest


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize(("samples", "scale"), [(0, 0.5), (2, 0.5), (3, 1.0)])
def test_roi_align(samples: int, scale: float, aligned: bool) -> None:
    maps, size = random_tensor(2, 3, 11, 7).requires_grad_(), (3, 2)
    wanted = formulas.roi_align(maps, size=size, scale=scale, samples=samples, aligned=aligned)
    layer = ops.RoIAlign(size, scale, samples, aligned=aligned)
    assert_same(layer(maps, REGIONS), wanted, inputs=[maps])


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.3])
def test_roi_pool(scale: float) -> None:
    maps, size = random_tensor(2, 3, 11, 7).requires_grad_(), (3, 2)
    wanted = formulas.roi_pool(maps, size=size, scale=scale)
    assert_same(ops.RoIPool(size, scale)(maps, REGIONS), wanted, inputs=[maps])


def test_roi_pool_of_a_region_turned_inside_out() -> None:
    maps = random_tensor(1, 2, 5, 5).requires_grad_()
    pooled = ops.RoIPool(2)(maps, torch.tensor([[0, 3.5, 3, 2.3, 4]], dtype=torch.float64))
    pooled.sum().backward()
    assert maps.grad is not None
    assert pooled.abs().sum() == maps.grad.abs().sum() == 0


LAYERS = [ops.RoIAlign((3, 3), 0.5), ops.RoIPool((3, 3), 0.5)]


@pytest.mark.parametrize("layer", LAYERS)
def test_no_regions(layer: nn.Module) -> None:
    maps = torch.randn(2, 3, 11, 7, requires_grad=True)
    pooled = layer(maps, torch.zeros(0, 5))
    assert pooled.shape == (0, 3, 3, 3)
    pooled.sum().backward()
    assert maps.grad is not None
    assert maps.grad.abs().sum() == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("layer", LAYERS)
def test_regions_of_half_precision_maps(layer: nn.Module, dtype: torch.dtype) -> None:
    maps = random_tensor(2, 3, 11, 7).to(dtype).requires_grad_()
    with torch.autocast("cpu", dtype):
        pooled = layer(maps, REGIONS.to(dtype))
    pooled.sum().backward()
    assert pooled.dtype == dtype
    assert maps.grad is not None
    wanted = layer(maps.float(), REGIONS.to(dtype).float())
    assert torch.equal(pooled, wanted.to(dtype))


def test_the_maximum_of_roi_align_is_refused() -> None:
    layer = ops.RoIAlign((3, 3), pool_mode="max")
    with pytest.raises(NotImplementedError, match=r"roi_align with pool_mode='max'.*mmcv==2\.1\.0"):
        layer(torch.randn(1, 1, 4, 4), torch.zeros(1, 5))


# ------------------------------------------------------------------ focal loss

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda rows: rows,
    "mean": lambda rows: rows.sum() / len(rows),
    "sum": lambda rows: rows.sum(),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (1.5, 0.6), (0.0, 0.5)])
@pytest.mark.parametrize("weighted", [False, True])
def test_sigmoid_focal_loss(weighted: bool, gamma: float, alpha: float, reduction: str) -> None:
    logits = (3 * random_tensor(7, 3)).requires_grad_()
    target = torch.tensor([0, 1, 2, 0, 1, 2, 1 if weighted else 3])  # 3 is the background
    weight = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64) if weighted else None
    wanted = formulas.focal_loss(logits, target, gamma=gamma, alpha=alpha)
    wanted = wanted if weight is None else wanted * weight[target][:, None]
    loss = ops.sigmoid_focal_loss(logits, target, gamma, alpha, weight, reduction)
    assert_same(loss, REDUCTIONS[reduction](wanted), inputs=[logits])


def test_sigmoid_focal_loss_gradcheck() -> None:
    target = torch.tensor([0, 3, 2, 1])
    logits = (3 * random_tensor(4, 3)).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: ops.sigmoid_focal_loss(x, target), [logits])


def test_sigmoid_focal_loss_of_extreme_logits() -> None:
    logits = torch.tensor([[60.0], [-60.0]], requires_grad=True)
    loss = ops.sigmoid_focal_loss(logits, torch.tensor([1, 0]), 2.0, 0.25, None, "none")
    torch.testing.assert_close(loss, torch.tensor([[0.75 * 60.0], [0.25 * 60.0]]))
    loss.sum().backward()
    torch.testing.assert_close(logits.grad, torch.tensor([[0.75], [-0.25]]))


def test_sigmoid_focal_loss_of_nothing() -> None:
    logits = torch.zeros(0, 3, requires_grad=True)
    loss = ops.sigmoid_focal_loss(logits, torch.zeros(0).long(), 2.0, 0.25, None, "sum")
    loss.backward()
    assert loss == 0


# ------------------------------------------------------------------ on a GPU


def _results_on(device: str) -> list[Tensor]:
    """Outputs and input gradients of this file's operators, in float32."""
    boxes, scores = (tensor.to(device) for tensor in random_boxes(200, size=100.0))
    results: list[Any] = [*ops.nms(boxes, scores, 0.5), *ops.soft_nms(boxes, scores, 0.5)]
    results += ops.batched_nms(boxes, scores, (scores * 5).long(), {"iou_threshold": 0.5})
    results += [ops.nms(boxes[:0], scores[:0], 0.5)[1], ops.nms(boxes, scores, 0.5, offset=1)[1]]

    maps = random_tensor(2, 3, 11, 7).float().to(device).requires_grad_()
    layers = ops.RoIAlign((7, 7), 0.5), ops.RoIAlign((3, 3), aligned=False), ops.RoIPool(7, 0.5)
    outputs = [layer(maps, REGIONS.float().to(device)) for layer in layers]
    target = torch.arange(22, device=device) % 8
    outputs.append(ops.sigmoid_focal_loss(maps.view(-1, 7)[:22], target, 2.0, 0.25, None, "none"))
    for output in outputs:
        results += [output, *torch.autograd.grad(output.square().sum(), maps)]
    return [result.cpu() for result in results]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_equals_cpu() -> None:
    for on_cuda, on_cpu in zip(_results_on("cuda"), _results_on("cpu"), strict=True):
        torch.testing.assert_close(on_cuda, on_cpu, atol=1e-4, rtol=1e-4)
