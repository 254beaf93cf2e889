"""The parts of a config for boxes, and for masks where its base has them."""

from hrnet_mm.apis.config_text import Code
from hrnet_mm.apis.own_data.parts import (
    Layout,
    TaskParts,
    backbone_options,
    classes_lines,
    numbered,
    other_channels,
    relative,
    replacing,
)
from hrnet_mm.apis.own_data.recipes import Recipe
from hrnet_mm.data.surveys.coco import CocoSurvey


def det_parts(survey: CocoSurvey, recipe: Recipe, layout: Layout) -> TaskParts:
    """Return the parts of a config."""
    model, changes = recipe.cfg.model, dict(num_classes=len(survey.classes))
    roi = model.get("roi_head") or {}
    heads = {
        key: numbered(roi[key], f"roi_head.{key}", changes)
        for key in ("bbox_head", "mask_head")
        if key in roi
    }
    channels = other_channels(recipe)
    val_file = relative(survey, survey.val.annotations)
    lines = classes_lines(survey, layout)
    pipelines = [Code(f"_base_.{part}_dataloader.dataset.pipeline") for part in ("train", "val")]
    if recipe.is_small:
        lines += _pipelines(recipe, layout)
        pipelines = [Code("train_pipeline"), Code("test_pipeline")]
    return TaskParts(
        lines=lines,
        names=("metainfo", *(pipeline.text for pipeline in pipelines if recipe.is_small)),
        model=dict(
            backbone=backbone_options(recipe),
            neck=dict(in_channels=channels) if channels else {},
            roi_head=heads,
            bbox_head=changes if "bbox_head" in model else {},
        ),
        data=dict(
            type="CocoDataset",
            data_root=Code("data_root"),
            data_prefix=dict(img=relative(survey, survey.train.images)),
            metainfo=Code("metainfo"),
        ),
        train=dict(
            ann_file=relative(survey, survey.train.annotations),
            filter_cfg=dict(filter_empty_gt=True),
            pipeline=pipelines[0],
        ),
        val=dict(ann_file=val_file, test_mode=True, pipeline=pipelines[1]),
        evaluator=replacing(
            recipe.cfg.val_evaluator,
            dict(
                type="CocoMetric",
                ann_file=Code(f'data_root + "{val_file}"'),
                metric=["bbox", "segm"] if "mask_head" in roi else "bbox",
            ),
        ),
        best=("coco/bbox_mAP", "greater"),
    )


def _pipelines(recipe: Recipe, layout: Layout) -> list[str]:
    load = dict(type="LoadImageFromFile")
    boxes = dict(type="LoadAnnotations", with_bbox=True)
    resize = dict(type="Resize", scale=recipe.scale, keep_ratio=True)
    flip = dict(type="RandomFlip", prob=0.5)
    pack = dict(type="PackDetInputs")
    return [
        '# Without up and down: direction=["horizontal", "vertical", "diagonal"], prob=0.75.',
        layout.written("train_pipeline", [load, boxes, resize, flip, pack]),
        layout.written("test_pipeline", [load, resize, boxes, pack]),
    ]
