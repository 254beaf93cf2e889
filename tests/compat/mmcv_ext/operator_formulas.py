"""What mmcv's operators compute, as plain loops in float64, and inputs for them."""

import math
from itertools import product

import torch
from torch import Tensor


def random_tensor(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def random_boxes(count: int, *, seed: int = 0, size: float = 30.0) -> tuple[Tensor, Tensor]:
    """Overlapping boxes (count, 4) and distinct scores (count,), float32 as in mmdet."""
    numbers = torch.rand(count, 5, generator=torch.Generator().manual_seed(seed))
    top_left = numbers[:, :2] * size
    boxes = torch.cat((top_left, top_left + 5 + numbers[:, 2:4] * size), dim=1)
    return boxes, numbers[:, 4]


def assert_same(output: Tensor, wanted: Tensor, *, inputs: list[Tensor]) -> None:
    """Equal values, and equal gradients of a random weighted sum with respect to each input."""
    torch.testing.assert_close(output, wanted)
    weights = random_tensor(*output.shape, seed=9)
    ours = torch.autograd.grad((output * weights).sum(), inputs)
    theirs = torch.autograd.grad((wanted * weights).sum(), inputs)
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other)
        assert mine.abs().sum() > 0


# ------------------------------------------------------------------ suppression


def _iou(a: list[float], b: list[float], *, offset: int) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + offset)
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + offset)
    area_a = (a[2] - a[0] + offset) * (a[3] - a[1] + offset)
    area_b = (b[2] - b[0] + offset) * (b[3] - b[1] + offset)
    return width * height / (area_a + area_b - width * height)


def greedy_nms(boxes: Tensor, scores: Tensor, threshold: float, *, offset: int = 0) -> list[int]:
    corners, kept = boxes.tolist(), []
    for i in scores.argsort(descending=True).tolist():
        if all(_iou(corners[i], corners[j], offset=offset) <= threshold for j in kept):
            kept.append(i)
    return kept


def soft_nms(boxes: Tensor, scores: Tensor, *, method: str, offset: int, min_score: float) -> list:
    """Bodla et al. 2017, figure 2: (index, score) in the order of selection."""
    corners, left, chosen = boxes.tolist(), dict(enumerate(scores.tolist())), []
    while left:
        best = max(left, key=lambda i: left[i])
        chosen.append((best, left.pop(best)))
        for i in list(left):
            iou = _iou(corners[best], corners[i], offset=offset)
            if method == "gaussian":
                left[i] *= math.exp(-(iou**2) / 0.5)
            elif iou >= 0.3:
                left[i] *= 1 - iou if method == "linear" else 0
            if left[i] < min_score:
                del left[i]
    return chosen


# ------------------------------------------------------------------ regions of interest

# image, x1, y1, x2, y2: inside; over two edges; a point; outside; in the other image.
REGIONS = torch.tensor(
    [
        [0, 1.3, 2.1, 7.9, 9.6],
        [0, -3.0, 4.0, 30.0, 25.0],
        [1, 5.0, 5.0, 5.0, 5.0],
        [1, 90.0, 90.0, 95.0, 99.0],
        [1, 0.4, 0.0, 12.2, 3.3],
    ],
    dtype=torch.float64,
)


def _bilinear_clamped(image: Tensor, y: float, x: float) -> Tensor:
    """The sample (C,) of (C, H, W) at a point; zero from one pixel outside of the map."""
    height, width = image.shape[1:]
    if not (-1 <= y <= height and -1 <= x <= width):
        return torch.zeros(len(image), dtype=image.dtype)
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    rows = {math.floor(y): 1 - y % 1, math.floor(y) + 1: y % 1}
    columns = {math.floor(x): 1 - x % 1, math.floor(x) + 1: x % 1}
    corners = [(r, c) for r, c in product(rows, columns) if rows[r] * columns[c] > 0]
    return torch.stack([rows[r] * columns[c] * image[:, r, c] for r, c in corners]).sum(dim=0)


def roi_align(
    maps: Tensor, *, size: tuple[int, int], scale: float, samples: int, aligned: bool
) -> Tensor:
    output = []
    for image, *corners in REGIONS.tolist():
        x1, y1, x2, y2 = (corner * scale - 0.5 * aligned for corner in corners)
        height = y2 - y1 if aligned else max(y2 - y1, 1.0)
        width = x2 - x1 if aligned else max(x2 - x1, 1.0)
        rows = samples or math.ceil(height / size[0])
        columns = samples or math.ceil(width / size[1])
        for i, j in product(range(size[0]), range(size[1])):
            total = torch.zeros(maps.shape[1], dtype=maps.dtype)
            for k, m in product(range(rows), range(columns)):
                y = y1 + (i + (k + 0.5) / rows) * height / size[0]
                x = x1 + (j + (m + 0.5) / columns) * width / size[1]
                total = total + _bilinear_clamped(maps[int(image)], y, x)
            output.append(total / max(rows * columns, 1))
    return torch.stack(output).view(len(REGIONS), *size, -1).permute(0, 3, 1, 2)


def roi_pool(maps: Tensor, *, size: tuple[int, int], scale: float) -> Tensor:
    output = []
    for image, x1, y1, x2, y2 in REGIONS.tolist():
        height, width = (y2 + 1 - y1) * scale, (x2 + 1 - x1) * scale
        for i, j in product(range(size[0]), range(size[1])):
            top = max(math.floor(y1 * scale + i * height / size[0]), 0)
            left = max(math.floor(x1 * scale + j * width / size[1]), 0)
            bottom = max(math.ceil(y1 * scale + (i + 1) * height / size[0]), 0)
            right = max(math.ceil(x1 * scale + (j + 1) * width / size[1]), 0)
            cells = maps[int(image), :, top:bottom, left:right].flatten(1)
            empty = torch.zeros(maps.shape[1], dtype=maps.dtype)
            output.append(cells.amax(dim=1) if cells.shape[1] > 0 else empty)
    return torch.stack(output).view(len(REGIONS), *size, -1).permute(0, 3, 1, 2)


# ------------------------------------------------------------------ deformable convolution


def _bilinear_padded(image: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """The sample (C,) of (C, H, W) at a point; the map is zero outside."""
    total = torch.zeros(len(image), dtype=image.dtype)
    top, left = int(y.detach().floor()), int(x.detach().floor())
    for row, column in product((top, top + 1), (left, left + 1)):
        if 0 <= row < image.shape[1] and 0 <= column < image.shape[2]:
            weight = (1 - (y - row).abs()) * (1 - (x - column).abs())
            total = total + weight * image[:, row, column]
    return total


def deform_conv(
    maps: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    *,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
    offset_groups: int,
) -> Tensor:
    kernel = tuple(weight.shape[2:])
    taps = list(product(range(kernel[0]), range(kernel[1])))
    n, (height, width) = len(maps), offset.shape[2:]
    columns = []
    for image, i, j in product(range(n), range(height), range(width)):
        for g, part in enumerate(maps[image].chunk(offset_groups)):
            for t, (k, m) in enumerate(taps):
                channel = g * len(taps) + t
                y = i * stride[0] - padding[0] + k * dilation[0] + offset[image, 2 * channel, i, j]
                x = j * stride[1] - padding[1] + m * dilation[1]
                x = x + offset[image, 2 * channel + 1, i, j]
                columns.append(_bilinear_padded(part, y, x) * mask[image, channel, i, j])
    # (N·H·W·offset groups·taps, C / offset groups) -> (N, C, taps, H·W)
    sampled = torch.stack(columns).view(n, height * width, offset_groups, len(taps), -1)
    sampled = sampled.permute(0, 2, 4, 3, 1).reshape(n, maps.shape[1], len(taps), -1)
    outputs = [
        torch.einsum("ock,nckp->nop", w.flatten(2), part)
        for w, part in zip(weight.chunk(groups), sampled.chunk(groups, dim=1), strict=True)
    ]
    return torch.cat(outputs, dim=1).view(n, len(weight), height, width)


# ------------------------------------------------------------------ focal loss


def focal_loss(logits: Tensor, target: Tensor, *, gamma: float, alpha: float) -> Tensor:
    rows = []
    for row, cls in zip(logits, target.tolist(), strict=True):
        p = row.sigmoid()
        background = -(1 - alpha) * p**gamma * (1 - p).log()
        foreground = -alpha * (1 - p) ** gamma * p.log()
        rows.append(torch.where(torch.arange(len(row)) == cls, foreground, background))
    return torch.stack(rows)
