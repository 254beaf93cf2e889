"""Detectors: which of their parts become graphs, and how boxes are made of what these give."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import RoIAlign

from hrnet_mm.deploy.parts import ROIS, Part, Tensors
from hrnet_mm.deploy.tasks import BoxCoder, DenseHead, TwoStageHead
from hrnet_mm.errors import UserError

ROI_HEAD = "roi_head"  # the name of a graph

_CODERS = {"DeltaXYWHBBoxCoder": False, "LegacyDeltaXYWHBBoxCoder": True}  # whether it is legacy


def head_of(network: Any) -> DenseHead | TwoStageHead | None:
    """Describe the head of FCOS or Faster R-CNN; None for that of any other detector.

    Raises:
        UserError: Its boxes are not made in the usual way.
    """
    kind = type(network).__name__
    if kind == "FCOS":
        head = network.bbox_head
        return DenseHead(
            strides=tuple(head.strides),
            score_threshold=head.test_cfg.score_thr,
            candidates_per_level=head.test_cfg.nms_pre,
            nms_threshold=_nms_threshold(head.test_cfg),
            max_boxes=head.test_cfg.max_per_img,
        )
    return _two_stage_head(network) if kind == "FasterRCNN" else None


def _two_stage_head(network: Any) -> TwoStageHead:
    rpn, rcnn = network.rpn_head.test_cfg, network.roi_head.test_cfg
    anchors = network.rpn_head.prior_generator
    return TwoStageHead(
        base_anchors=tuple(tuple(map(tuple, level.tolist())) for level in anchors.base_anchors),
        strides=tuple(x for x, _ in anchors.strides),
        proposal_coder=_coder(network.rpn_head.bbox_coder),
        candidates_per_level=rpn.nms_pre,
        proposal_nms_threshold=_nms_threshold(rpn),
        max_proposals=rpn.max_per_img,
        box_coder=_coder(network.roi_head.bbox_head.bbox_coder),
        score_threshold=rcnn.score_thr,
        nms_threshold=_nms_threshold(rcnn),
        max_boxes=rcnn.max_per_img,
    )


def _nms_threshold(test_cfg: Mapping[str, Any]) -> float:
    described = test_cfg["nms"]
    if described.keys() != {"type", "iou_threshold"} or described["type"] != "nms":
        raise UserError(
            f"no bundle has the {dict(described)} of the test_cfg: use dict(type='nms', "
            "iou_threshold=...)"
        )
    return described["iou_threshold"]


def _coder(coder: Any) -> BoxCoder:
    kind = type(coder).__name__
    if kind not in _CODERS or getattr(coder, "add_ctr_clamp", False):
        raise UserError(f"no bundle has the {kind} of the model: use {' or '.join(_CODERS)}")
    return BoxCoder(means=tuple(coder.means), stds=tuple(coder.stds), legacy=_CODERS[kind])


def detector_parts(network: Any, head: DenseHead | TwoStageHead | None) -> list[Part]:
    """Return the whole of FCOS; of Faster R-CNN what comes before the choice of RoIs, and after.

    Of any other detector it is the backbone with its neck.
    """
    if isinstance(head, DenseHead):
        meanings = {
            "scores": "of the classes, before the sigmoid function",
            "boxes": "distances to the left, top, right and bottom edge, in pixels of the input",
            "centerness": "before the sigmoid function",
        }
        return [Part(compute=_dense, outputs=_of_levels(meanings, range(len(head.strides))))]
    if isinstance(head, TwoStageHead):
        return [_proposals_part(network), _roi_head_part(network)]
    outputs = _of_levels({"level": "feature map of the neck"}, range(network.neck.num_outs))
    return [Part(name="features", compute=_features, outputs=outputs)]


def _of_levels(meanings: dict[str, str], levels: range) -> dict[str, str]:
    return {f"{name}{i}": meaning for name, meaning in meanings.items() for i in levels}


def _features(network: Any, image: Tensor) -> Tensors:
    return tuple(network.extract_feat(image))


def _dense(network: Any, image: Tensor) -> Tensors:
    outputs = network.bbox_head(network.extract_feat(image))
    return tuple(level for levels in outputs for level in levels)


# Faster R-CNN


def _proposals_part(network: Any) -> Part:
    proposed = {
        "objectness": "of the anchors, before the sigmoid function",
        "deltas": "from the anchors to boxes",
    }
    outputs = _of_levels({"level": "feature map for the RoI head"}, _pooled_levels(network))
    outputs |= _of_levels(proposed, range(network.rpn_head.prior_generator.num_levels))
    return Part(name="features", compute=_proposals, outputs=outputs)


def _pooled_levels(network: Any) -> range:
    return range(network.roi_head.bbox_roi_extractor.num_inputs)


def _proposals(network: Any, image: Tensor) -> Tensors:
    features = network.extract_feat(image)
    objectness, deltas = network.rpn_head(features)
    return (*(features[i] for i in _pooled_levels(network)), *objectness, *deltas)


def _roi_head_part(network: Any) -> Part:
    return Part(
        name=ROI_HEAD,
        compute=_roi_head,
        inputs=[*(f"level{i}" for i in _pooled_levels(network)), ROIS],
        outputs={
            "scores": "of the classes and, last, of the background, before softmax",
            "deltas": "from the RoIs to boxes, of each class or of all",
        },
        inputs_of=_random_rois,
    )


def _roi_head(network: Any, *inputs: Tensor) -> Tensors:
    *levels, rois = inputs
    return network.roi_head.bbox_head(pool(network.roi_head.bbox_roi_extractor, levels, rois))


def _random_rois(network: Any, images: Tensor) -> Tensors:
    """Return the levels for images, and RoIs of many sizes."""
    levels = network.extract_feat(images)
    number, _, height, width = images.shape
    corners = torch.rand(40 + number, 2, 2).sort(dim=1).values * torch.tensor([width, height])
    index = torch.arange(len(corners))[:, None] % number
    rois = torch.cat([index, corners.flatten(1)], dim=1)
    return (*(levels[i] for i in _pooled_levels(network)), rois)


def pool(extractor: Any, levels: Sequence[Tensor], rois: Tensor) -> Tensor:
    """Do what mmdet's SingleRoIExtractor does, with operations that do not depend on the RoIs.

    Each level pools all RoIs; those of other levels have next to no size there, and cost little.

    Args:
        extractor: The extractor, whose options are taken.
        levels: Feature maps, highest resolution first.
        rois: (R, 5), the index in the batch and the box, in pixels of the input.

    Returns:
        (R, C, h, w).
    """
    numbers = extractor.map_roi_levels(rois, len(levels))
    one_pixel = rois.new_tensor([0, 0, 1, 1])  # a box of no size is NaN in OpenVINO
    pooled = []
    for number, (level, layer) in enumerate(zip(levels, extractor.roi_layers, strict=True)):
        align = RoIAlign(
            layer.output_size, layer.spatial_scale, layer.sampling_ratio, aligned=layer.aligned
        )
        is_here = (numbers == number)[:, None]
        boxes = torch.cat([rois[:, :1], torch.where(is_here, rois[:, 1:], one_pixel)], dim=1)
        # Not in half precision, in which boxes would be off by pixels.
        pooled.append(align(level.to(rois), boxes) * is_here[..., None, None])
    return torch.stack(pooled).sum(0).to(levels[0])
