"""mmcv's compiled operators, served by torchvision's prebuilt CPU and CUDA kernels and by torch.

Called by `mmcv.ops` in its own convention, hence the positional arguments and their names: results
are written into the tensors that mmcv allocated; the autograd functions are
mmcv's. Half precision is computed in float32, as torchvision does under AMP.

Imported at the first use of an operator, so this file may import torch.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torchvision  # noqa: F401  (registers torch.ops.torchvision)
from torch import Tensor
from torch.nn import functional as F

from hrnet_mm.compat.mmcv_ext.refusal import not_served

__all__ = [
    "get_compiler_version",
    "get_compiling_cuda_version",
    "nms",
    "roi_align_backward",
    "roi_align_forward",
    "roi_pool_backward",
    "roi_pool_forward",
    "sigmoid_focal_loss_backward",
    "sigmoid_focal_loss_forward",
    "softnms",
]

kernels = torch.ops.torchvision


def to_common_dtype(*tensors: Tensor) -> list[Tensor]:
    """Convert all to a dtype of all kernels: the first's, or float32 if it has 16 bits."""
    dtype = torch.promote_types(tensors[0].dtype, torch.float32)
    return [tensor.to(dtype) for tensor in tensors]


# ------------------------------------------------------------------ non-maximum suppression


def nms(boxes: Tensor, scores: Tensor, *, iou_threshold: float, offset: int) -> Tensor:
    """Greedy suppression of (N, 4) corner boxes; returns the kept indices, best score first.

    ``offset`` 1 counts corners as pixels that belong to the box (width x2 - x1 + 1).
    """
    boxes, scores = to_common_dtype(boxes, scores)
    # mmcv compares in the boxes' type: in float32 an IoU of 0.6 is not above a threshold of 0.6.
    iou_threshold = torch.tensor(iou_threshold, dtype=boxes.dtype).item()
    return kernels.nms(_with_offset(boxes, offset), scores, iou_threshold)


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    *,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Soft-NMS (Bodla et al. 2017, arXiv 1704.04503, section 3) of (N, 4) boxes.

    ``method`` is 0 naive (discard from ``iou_threshold`` on), 1 linear (their first rescoring
    function) or 2 gaussian (their eq. 3). As in mmcv, a score that was lowered below ``min_score``
    is discarded, and the best box is kept with any score.

    Returns:
        The K kept indices in the order of selection. Their boxes and lowered scores are written to
        the first K rows of ``dets`` (N, 5).
    """
    corners, scores = to_common_dtype(boxes, scores)
    corners = _with_offset(corners, offset)
    remaining = torch.arange(len(boxes))
    kept = []
    while len(remaining) > 0:
        best = scores.argmax()
        dets[len(kept), :4] = boxes[remaining[best]]
        dets[len(kept), 4] = scores[best]
        kept.append(remaining[best])

        iou = _iou_with(corners[remaining[best]], corners[remaining])
        scores = scores * _rescoring(iou, iou_threshold=iou_threshold, sigma=sigma, method=method)
        others = scores >= min_score
        others[best] = False
        remaining, scores = remaining[others], scores[others]
    return torch.stack(kept) if kept else remaining


def _rescoring(iou: Tensor, *, iou_threshold: float, sigma: float, method: int) -> Tensor:
    """The factor (N,) of soft-NMS on scores, for the IoU (N,) with the box selected last."""
    if method == 2:
        return torch.exp(-(iou**2) / sigma)
    lowered = 1 - iou if method == 1 else torch.zeros_like(iou)
    return torch.where(iou >= iou_threshold, lowered, 1.0)


def _with_offset(boxes: Tensor, offset: int) -> Tensor:
    return boxes + boxes.new_tensor([0, 0, offset, offset])


def _iou_with(box: Tensor, boxes: Tensor) -> Tensor:
    """The IoU (N,) of one box (4,) with each of (N, 4); of two empty boxes 0."""
    top_left = torch.maximum(box[:2], boxes[:, :2])
    bottom_right = torch.minimum(box[2:], boxes[:, 2:])
    inter = (bottom_right - top_left).clamp(min=0).prod(dim=1)
    union = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(dim=1) - inter
    return torch.where(union > 0, inter / union, 0.0)


# ------------------------------------------------------------------ regions of interest


def roi_align_forward(
    input: Tensor, rois: Tensor, output: Tensor, *_: Tensor, **options: Any
) -> None:
    """RoIAlign (He et al. 2017) of (N, C, H, W) in K ``rois`` (K, 5): image index, x1, y1, x2, y2.

    ``output`` is (K, C, aligned_height, aligned_width).
    """
    size, sampling = _roi_align_options(**options)
    input, rois = to_common_dtype(input, rois)
    output.copy_(kernels.roi_align(input, rois, *size, *sampling))


def roi_align_backward(*tensors: Tensor, **options: Any) -> None:
    """The gradient of `roi_align_forward` with respect to its input, (N, C, H, W)."""
    size, sampling = _roi_align_options(**options)
    grad_output, rois, _, _, grad_input = tensors
    grad_output, rois = to_common_dtype(grad_output, rois)
    arguments = (*size, *grad_input.shape, *sampling)
    grad_input.copy_(kernels._roi_align_backward(grad_output, rois, *arguments))


def _roi_align_options(
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> tuple[tuple[float, int, int], tuple[int, bool]]:
    """Return the kernels' scale, height and width, and their sampling ratio and alignment.

    ``pool_mode`` 1 is the mean; 0, the maximum of the samples, is not served.
    """
    if pool_mode != 1:
        raise not_served("roi_align with pool_mode='max' (pool_mode='avg' is)")
    return (spatial_scale, aligned_height, aligned_width), (sampling_ratio, aligned)


def roi_pool_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax: Tensor,
    *,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """RoIPool: the maximum of (N, C, H, W) in each of ``pooled_height`` × ``pooled_width`` bins.

    ``argmax``, like ``output`` (K, C, pooled_height, pooled_width), is the position y·W + x of the
    maximum, or -1 in an empty bin.
    """
    input, rois = to_common_dtype(input, rois)
    size = pooled_height, pooled_width
    bins = _bins(rois, size=size, spatial_scale=spatial_scale, feature_size=input.shape[2:])
    pooled = kernels.roi_pool(input, bins, 1.0, 1, 1)  # each (K·ph·pw, C, 1, 1)
    for target, values in zip((output, argmax), pooled, strict=True):
        target.copy_(values.view(len(rois), *size, input.shape[1]).permute(0, 3, 1, 2))


def _bins(
    rois: Tensor, *, size: tuple[int, int], spatial_scale: float, feature_size: Sequence[int]
) -> Tensor:
    """Each bin of (K, 5) ``rois`` as a separate region in integer pixels, (K·ph·pw, 5).

    torchvision rounds a region before it is divided into bins, mmcv only the bins (outwards), so
    torchvision gets mmcv's bins one by one.
    """
    x1, y1 = (rois[:, 1:3] * spatial_scale).T
    x2, y2 = ((rois[:, 3:5] + 1) * spatial_scale).T
    first_row, last_row = _bin_edges(y1, y2, count=size[0], limit=feature_size[0])
    first_column, last_column = _bin_edges(x1, x2, count=size[1], limit=feature_size[1])
    parts = torch.broadcast_tensors(
        rois[:, 0, None, None],
        first_column[:, None, :],
        first_row[:, :, None],
        last_column[:, None, :],
        last_row[:, :, None],
    )
    return torch.stack(parts, dim=-1).view(-1, 5)  # (K, ph, pw, 5) ->


def _bin_edges(start: Tensor, end: Tensor, *, count: int, limit: int) -> tuple[Tensor, Tensor]:
    """The first and the last pixel, each (K, count), of the bins between start and end, (K,) each.

    An empty bin starts at ``limit``, past the feature map: no other one is empty in torchvision.
    """
    edges = torch.arange(count + 1, device=start.device, dtype=start.dtype)
    edges = edges * ((end - start) / count)[:, None] + start[:, None]
    first = edges[:, :-1].floor().clamp(0, limit)
    past = edges[:, 1:].ceil().clamp(0, limit)
    filled = (past > first) & (end > start)[:, None]
    return torch.where(filled, first, limit), past - 1


def roi_pool_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax: Tensor,
    grad_input: Tensor,
    *,
    pooled_height: int,
    pooled_width: int,
    spatial_scale: float,
) -> None:
    """The gradient of `roi_pool_forward`: each bin's goes to the position of its maximum."""
    grad_output, rois = to_common_dtype(grad_output, rois)
    size = pooled_height, pooled_width
    grad_input.copy_(
        kernels._roi_pool_backward(
            grad_output, rois, argmax, spatial_scale, *size, *grad_input.shape
        )
    )


# ------------------------------------------------------------------ focal loss


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, *, gamma: float, alpha: float
) -> None:
    """Focal loss (Lin et al. 2017, arXiv 1708.02002, eq. 5) of logits (N, C), one by one.

    ``target`` (N,) is the class, C being the background; ``weight`` (C,) is a factor for the rows
    of each class and has no element if there is none. mmcv's kernel loses log(1 - p) to rounding
    from a logit of about 17 in float32; here it is exact.
    """
    sign, factor = _focal_parts(input, target, weight, alpha=alpha)
    z = sign * input.to(factor.dtype)
    output.copy_(factor * z.sigmoid() ** gamma * -F.logsigmoid(-z))


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, *, gamma: float, alpha: float
) -> None:
    """The derivative of `sigmoid_focal_loss_forward` with respect to its logits."""
    sign, factor = _focal_parts(input, target, weight, alpha=alpha)
    z = sign * input.to(factor.dtype)
    error = z.sigmoid()
    slope = error - gamma * (1 - error) * F.logsigmoid(-z)
    grad_input.copy_(sign * factor * error**gamma * slope)


def _focal_parts(
    input: Tensor, target: Tensor, weight: Tensor, *, alpha: float
) -> tuple[Tensor, Tensor]:
    """The sign that makes a logit grow with the error, and the factor, both (N, C)."""
    (reference,) = to_common_dtype(input)
    is_target = target[:, None] == torch.arange(input.shape[1], device=input.device)
    one = torch.ones_like(reference)
    factor = torch.where(is_target, alpha * one, (1 - alpha) * one)
    if weight.numel() > 0:
        factor = factor * weight[target][:, None]
    return torch.where(is_target, -one, one), factor


# ------------------------------------------------------------------ environment reports


def get_compiler_version() -> str:
    """Return what mmcv prints as its compiler in environment reports."""
    return "n/a (served by hrnet_mm)"


get_compiling_cuda_version = get_compiler_version
