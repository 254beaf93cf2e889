"""The parts of a config for keypoints in boxes."""

from pycocotools.cocoeval import Params

from hrnet_mm.apis.config_text import Code
from hrnet_mm.apis.own_data.parts import (
    Layout,
    Options,
    TaskParts,
    backbone_options,
    other_channels,
    relative,
    replacing,
)
from hrnet_mm.apis.own_data.recipes import Recipe
from hrnet_mm.data.surveys.coco import CocoSurvey
from hrnet_mm.data.surveys.keypoint_names import flip_pairs

# Between those of COCO's eyes, 0.025, and hips, 0.107; as in mirror-mouse's config.
SIGMA = 0.05
_COCO = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow "
    "right_elbow left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle "
    "right_ankle"
)


def pose_parts(survey: CocoSurvey, recipe: Recipe, layout: Layout) -> TaskParts:
    """Return the parts of a config."""
    codec, pairs = _codec(recipe), flip_pairs(survey.keypoints)
    sizes = f"input_size={codec['input_size']}, heatmap_size={codec['heatmap_size']}"
    maps = 3 if codec.get("heatmap_type") == "combined" else 1  # a disc and two maps of offsets
    head: Options = dict(out_channels=maps * len(survey.keypoints), decoder=Code("codec"))
    neck: Options = {}
    if channels := other_channels(recipe):
        head["in_channels"] = channels[0]
    is_person = [*survey.keypoints] == _COCO.split()
    val_file = relative(survey, survey.val.annotations)
    swaps = ("pairs", "swaps") if pairs else ()
    evaluator: Options | list[Options] = [
        dict(type="EPE"),
        dict(type="PCKAccuracy", thr=0.05, norm_item="bbox"),
    ]
    if is_person:
        ann_file = Code(f'data_root + "{val_file}"')
        coco = dict(type="CocoMetric", ann_file=ann_file)
        evaluator = replacing(recipe.cfg.val_evaluator, coco)
    return TaskParts(
        lines=[
            f"codec = dict(_base_.model.head.decoder, {sizes})",
            *_keypoint_lines(survey, pairs, layout, is_person=is_person),
            *_pipelines(survey, codec, layout, with_flip=bool(pairs)),
        ],
        names=("codec", "points", "links", *swaps, "metainfo", "train_pipeline", "test_pipeline"),
        model=dict(
            backbone=backbone_options(recipe),
            neck=neck,
            head=head,
            test_cfg={} if pairs else dict(flip_test=False),
        ),
        data=dict(
            type="CocoDataset",
            data_root=Code("data_root"),
            data_mode="topdown",
            data_prefix=dict(img=relative(survey, survey.train.images)),
            metainfo=Code("metainfo"),
        ),
        train=dict(
            ann_file=relative(survey, survey.train.annotations), pipeline=Code("train_pipeline")
        ),
        val=dict(ann_file=val_file, test_mode=True, pipeline=Code("test_pipeline")),
        evaluator=evaluator,
        best=("coco/AP", "greater") if is_person else ("EPE", "less"),
    )


def _codec(recipe: Recipe) -> Options:
    """Return the base's codec for another size."""
    codec = recipe.cfg.model.head.decoder
    stride = codec["input_size"][0] // codec["heatmap_size"][0]
    heatmap_size = tuple(side // stride for side in recipe.size)
    return {**codec, "input_size": recipe.size, "heatmap_size": heatmap_size}


def _keypoint_lines(
    survey: CocoSurvey, pairs: list[tuple[str, str]], layout: Layout, *, is_person: bool
) -> list[str]:
    points, count = list(survey.keypoints), len(survey.keypoints)
    sigmas = f"[{SIGMA}] * {count},  # for OKS only: a guess, between COCO's eyes and hips"
    if is_person:
        sigmas = f"{Params('keypoints').kpt_oks_sigmas.round(3).tolist()},  # COCO's"
    lines = [
        layout.written("points", tuple(points)),
        f"{layout.written('links', tuple(survey.links))}  # the skeleton, by numbers from 0",
    ]
    swap = 'swap=""'
    if not pairs:
        lines.append("# Guessed from the names: none is left or right of another, so no flips.")
    elif layout.is_short:
        numbers = [(points.index(a), points.index(b)) for a, b in pairs]
        swaps = "{points[a]: points[b] for pair in pairs for a, b in (pair, pair[::-1])}"
        lines += [
            f"{layout.written('pairs', tuple(numbers))}  # guessed from the names",
            f"swaps = {swaps}",
        ]
    else:
        shown = layout.written("pairs", tuple(pairs))
        swaps = "dict(pairs) | {right: left for left, right in pairs}"
        lines += [shown, f"swaps = {swaps}  # in a flip; guessed from the names"]
    if pairs:
        swap = 'swap=swaps.get(p, "")'
    return [
        *lines,
        "metainfo = dict(",
        f'    dataset_name="{survey.train.images.name}",',
        f"    keypoint_info={{i: dict(name=p, id=i, {swap}) for i, p in enumerate(points)}},",
        "    skeleton_info={"
        "i: dict(link=(points[a], points[b]), id=i) for i, (a, b) in enumerate(links)},",
        f"    joint_weights=[1.0] * {count},",
        f"    sigmas={sigmas}",
        ")",
    ]


def _pipelines(survey: CocoSurvey, codec: Options, layout: Layout, *, with_flip: bool) -> list[str]:
    padding = dict(padding=1.0) if survey.whole_images else {}
    affine: Options = dict(type="TopdownAffine", input_size=codec["input_size"])
    if codec["type"].startswith("UDP"):
        affine["use_udp"] = True
    steps: list[Options] = [dict(type="LoadImage"), dict(type="GetBBoxCenterScale", **padding)]
    train = [
        *steps,
        *([dict(type="RandomFlip", direction="horizontal")] if with_flip else []),
        dict(type="RandomBBoxTransform", scale_factor=(0.8, 1.2), rotate_factor=30),
        affine,
        dict(type="GenerateTarget", encoder=Code("codec")),
        dict(type="PackPoseInputs"),
    ]
    return [
        layout.written("train_pipeline", train),
        layout.written("test_pipeline", [*steps, affine, dict(type="PackPoseInputs")]),
    ]
