"""The parts of a config for images with a class each."""

from hrnet_mm.apis.config_text import Code
from hrnet_mm.apis.own_data.parts import (
    Layout,
    Options,
    TaskParts,
    backbone_options,
    classes_lines,
    other_channels,
    relative,
)
from hrnet_mm.apis.own_data.recipes import Recipe
from hrnet_mm.data.surveys.survey import Survey


def cls_parts(survey: Survey, recipe: Recipe, layout: Layout) -> TaskParts:
    """Return the parts of a config."""
    model: Options = dict(backbone=backbone_options(recipe))
    if channels := other_channels(recipe):
        neck = dict(type="HRNetClsNeck", in_channels=channels)
        model["neck"] = [neck, dict(type="GlobalAveragePooling")]
    model["head"] = dict(num_classes=len(survey.classes), topk=(1,))
    lines = classes_lines(survey, layout, with_palette=False)
    pipelines = [Code(f"_base_.{part}_dataloader.dataset.pipeline") for part in ("train", "val")]
    if recipe.is_small:
        lines += _pipelines(recipe, layout)
        pipelines = [Code("train_pipeline"), Code("test_pipeline")]
    train, val = (
        dict(ann_file=relative(survey, subset.annotations), pipeline=pipeline)
        for subset, pipeline in zip((survey.train, survey.val), pipelines, strict=True)
    )
    return TaskParts(
        lines=lines,
        names=("metainfo", *(p.text for p in pipelines if recipe.is_small)),
        model=model,
        data=dict(
            type="CustomDataset",
            data_root=Code("data_root"),
            data_prefix=relative(survey, survey.train.images),
            metainfo=Code("metainfo"),
        ),
        train=train,
        val=val,
        evaluator=dict(type="Accuracy", topk=(1,)),
        best=("accuracy/top1", "greater"),
        others=dict(data_preprocessor=dict(num_classes=len(survey.classes))),
    )


def _pipelines(recipe: Recipe, layout: Layout) -> list[str]:
    side = recipe.size[0]
    load, pack = dict(type="LoadImageFromFile"), dict(type="PackInputs")
    # As for ImageNet: the middle 7/8 of the short side to test with.
    test = [
        load,
        dict(type="ResizeEdge", scale=side * 8 // 7, edge="short"),
        dict(type="CenterCrop", crop_size=side),
        pack,
    ]
    train = [
        load,
        dict(type="RandomResizedCrop", scale=side, crop_ratio_range=(0.35, 1.0)),
        dict(type="RandomFlip", prob=0.5, direction="horizontal"),
        pack,
    ]
    return [
        layout.written("train_pipeline", train),
        layout.written("test_pipeline", test),
    ]
