"""The parts of a config for label maps."""

from typing import Any

from hrnet_mm.apis.config_text import Code
from hrnet_mm.apis.own_data.parts import (
    Layout,
    Options,
    TaskParts,
    backbone_options,
    classes_lines,
    numbered,
    other_channels,
    relative,
    replacing,
)
from hrnet_mm.apis.own_data.recipes import Recipe
from hrnet_mm.data.surveys.masks import MaskSurvey
from hrnet_mm.data.surveys.survey import Subset

_ABOUT_ZERO = {
    True: "# The label 0 is ignored, as is 255; the first class has the label 1.",
    False: "# The label 0 is a class like the others: no reduce_zero_label. 255 is ignored.",
}


def seg_parts(survey: MaskSurvey, recipe: Recipe, layout: Layout) -> TaskParts:
    """Return the parts of a config."""
    model, crop = recipe.cfg.model, recipe.size[::-1]
    neck: Options = {}
    data: Options = dict(
        type="BaseSegDataset",
        data_root=Code("data_root"),
        metainfo=Code("metainfo"),
        img_suffix=survey.image_suffix,
        seg_map_suffix=survey.mask_suffix,
    )
    if survey.zero_is_ignored:
        data["reduce_zero_label"] = True
    changes: Options = dict(num_classes=len(survey.classes))
    if channels := other_channels(recipe):
        neck["in_channels"] = channels
        changes |= dict(in_channels=sum(channels), channels=sum(channels))
    return TaskParts(
        lines=[
            *classes_lines(survey, layout),
            *_pipelines(survey, recipe, layout),
            _ABOUT_ZERO[survey.zero_is_ignored],
        ],
        names=("metainfo", "train_pipeline"),  # test_pipeline is what mmseg's Inferencer looks for
        model=dict(
            data_preprocessor=dict(size=crop, **_no_divisor(model.data_preprocessor)),
            backbone=backbone_options(recipe),
            neck=neck,
            **{
                key: numbered(model[key], key, changes | _no_class_weights(model[key]))
                for key in ("decode_head", "auxiliary_head")
                if model.get(key)
            },
        ),
        data=data,
        train=dict(**_paths(survey, survey.train), pipeline=Code("train_pipeline")),
        val=dict(**_paths(survey, survey.val), pipeline=Code("test_pipeline")),
        evaluator=replacing(recipe.cfg.val_evaluator, dict(type="IoUMetric", iou_metrics=["mIoU"])),
        best=("mIoU", "greater"),
        train_loader=dict(drop_last=True),
        others={} if recipe.is_small else dict(log_processor=dict(by_epoch=True)),
    )


def _no_divisor(preprocessor: Any) -> Options:
    return dict(size_divisor=None) if preprocessor.get("size_divisor") else {}


def _no_class_weights(heads: Any) -> Options:
    """Drop the weights of the base's classes, in a head or in each of a list."""
    is_list = isinstance(heads, (list, tuple))
    losses = [head.get("loss_decode") for head in (heads if is_list else [heads])]
    if not any(isinstance(loss, dict) and loss.get("class_weight") for loss in losses):
        return {}
    if is_list:
        return dict(loss_decode=Code("dict(head.loss_decode, class_weight=None)"))
    return dict(loss_decode=dict(class_weight=None))


def _paths(survey: MaskSurvey, subset: Subset) -> Options:
    prefix = dict(
        img_path=relative(survey, subset.images), seg_map_path=relative(survey, subset.masks)
    )
    if subset.annotations is None:
        return dict(data_prefix=prefix)
    return dict(data_prefix=prefix, ann_file=relative(survey, subset.annotations))


def _pipelines(survey: MaskSurvey, recipe: Recipe, layout: Layout) -> list[str]:
    load, labels = dict(type="LoadImageFromFile"), dict(type="LoadAnnotations")
    pack = dict(type="PackSegInputs")
    resize = dict(
        type="RandomResize", scale=recipe.scale, ratio_range=(0.75, 1.75), keep_ratio=True
    )
    train: list[Options] = [
        load,
        labels,
        resize,
        dict(type="RandomCrop", crop_size=recipe.size[::-1], cat_max_ratio=0.75),
        dict(type="RandomFlip", prob=0.5),
        dict(type="PhotoMetricDistortion"),
        pack,
    ]
    is_larger = any(max(size) > max(recipe.scale) for size in survey.sizes)
    scaled = [dict(type="Resize", scale=recipe.scale, keep_ratio=True)] if is_larger else []
    return [
        layout.written("train_pipeline", train),
        layout.written("test_pipeline", [load, *scaled, labels, pack]),
    ]
