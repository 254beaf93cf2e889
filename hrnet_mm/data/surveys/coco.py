"""Surveys COCO files: boxes, masks and keypoints."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.data.converters.coco import box_around, faults_named
from hrnet_mm.data.findings import listed
from hrnet_mm.data.surveys.survey import (
    Request,
    Size,
    Subset,
    Survey,
    choose_val,
    class_colors,
    image_size,
    split_note,
)
from hrnet_mm.errors import UserError

_WHOLE = 0.95  # of the image's area, from which a box is taken for the whole image
_MARGIN = 0.1  # of its sides, around keypoints without a box


@dataclass(frozen=True, kw_only=True)
class CocoSurvey(Survey):
    """What a COCO file holds.

    Attributes:
        boxes: Width and height of each, (N, 2).
        whole_images: Whether the boxes are whole images.
        with_masks: Whether all annotations have a polygon or RLE.
        keypoints: Their names; none for boxes.
        links: The skeleton, pairs of numbers of keypoints from 0.
    """

    boxes: np.ndarray
    whole_images: bool = False
    with_masks: bool = False
    keypoints: Sequence[str] = ()
    links: Sequence[tuple[int, int]] = ()


def survey_coco(request: Request, *, pose: bool) -> CocoSurvey:
    """Read COCO files, and split the one if it is alone.

    What the toolboxes need and a file lacks, sizes of images, boxes around keypoints, areas, goes
    into new files, never into those of the user.

    Raises:
        UserError: A file cannot be used, images are missing, or nothing is annotated.
    """
    images = request.image_folder()
    notes: list[str] = []
    files, contents = [request.data, *([request.val] if request.val else [])], []
    for file in files:
        with faults_named(file):
            contents.append(_read(file))
            _check_images(contents[-1], file, images)
    changed = [_complete(content, images, pose=pose, notes=notes) for content in contents]
    names = [_category_names(content, file) for content, file in zip(contents, files, strict=True)]
    if set(names[0]) != set(names[-1]):
        raise UserError(f"{request.val} has the categories {names[1]}, {request.data} {names[0]}")
    everything = _annotations(*contents)
    categories = _used_categories(contents[0], everything, notes, file=request.data, pose=pose)
    new = [*files] if request.val else [request.data, request.data]
    if request.val is None:
        contents = _split(contents[0], request, notes)
        changed = [True, True]
    written = {}
    for i, part in enumerate(("train", "val")):
        if changed[i]:
            new[i] = request.beside(request.data, f"{part}.json")
            written[new[i]] = partial(_write, content=contents[i])
    keypoints, links = _keypoints(categories, everything, request.data) if pose else ((), ())
    if pose:
        notes += _visibility(everything, keypoints)
    numbers = Counter(annotation["category_id"] for annotation in everything)
    train, val = (
        Subset(count=_count(content, pose=pose), images=images, annotations=file.absolute())
        for content, file in zip(contents, new, strict=True)
    )
    for subset, part in ((train, "train"), (val, "val")):
        if not subset.count:
            raise UserError(f"{request.data}: nothing is annotated in the images to {part} with")
    sides = {
        image["id"]: (image["width"], image["height"]) for c in contents for image in c["images"]
    }
    boxes = np.array([annotation["bbox"][2:] for annotation in everything], float)
    areas = np.array([np.prod(sides[annotation["image_id"]]) for annotation in everything])
    return CocoSurvey(
        train=train,
        val=val,
        sizes=Counter(sides.values()),
        classes=[category["name"] for category in categories],
        shares=[f"{numbers[category['id']]}" for category in categories],
        palette=class_colors(len(categories)),
        notes=notes,
        files=written,
        boxes=boxes,
        whole_images=bool(np.median(boxes.prod(1) / areas) > _WHOLE),
        with_masks=all(annotation.get("segmentation") for annotation in everything),
        keypoints=keypoints,
        links=links,
    )


def _read(file: Path) -> dict[str, Any]:
    if file.is_dir():
        raise UserError(
            "is a folder, but boxes and keypoints are read from a COCO file: make one with "
            "tools/dataset_converters/to_coco.py"
        )
    content = json.loads(file.read_bytes())
    for key in ("images", "annotations", "categories"):
        if not isinstance(content[key], list) or not content[key]:
            raise UserError(f"has no {key}, as a COCO file has")
    ids = {image["id"] for image in content["images"]}
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] in ids]
    return content


def _check_images(content: dict[str, Any], file: Path, folder: Path) -> None:
    missing = [i["file_name"] for i in content["images"] if not (folder / i["file_name"]).is_file()]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(content['images'])} images are not in {folder}: "
            f"{listed(missing)}; give the folder to which file_name is relative"
        )


def _complete(content: dict[str, Any], folder: Path, *, pose: bool, notes: list[str]) -> bool:
    """Add what is missing; return whether anything was."""
    added: Counter[str] = Counter()
    for image in content["images"]:
        if not (image.get("width") and image.get("height")):
            image["width"], image["height"] = image_size(folder / image["file_name"])
            added["sizes of images"] += 1
    sides = {image["id"]: (image["width"], image["height"]) for image in content["images"]}
    for number, annotation in enumerate(content["annotations"], start=1):
        if not annotation.get("bbox"):
            annotation["bbox"] = _box_of(annotation, sides[annotation["image_id"]], pose=pose)
            added["boxes, around keypoints or polygons"] += 1
        defaults = {"id": number, "iscrowd": 0, "area": float(np.prod(annotation["bbox"][2:]))}
        if pose and annotation.get("keypoints"):
            visible = np.array(annotation["keypoints"][2::3])
            defaults["num_keypoints"] = int(np.count_nonzero(visible))
        for key in defaults.keys() - annotation.keys():
            annotation[key] = defaults[key]
            added[key] += 1
    if added:
        what = ", ".join(f"{name} ({count})" for name, count in added.items())
        notes.append(f"missing in the COCO file, and added in a new one: {what}")
    return bool(added)


def _box_of(annotation: dict[str, Any], size: Size, *, pose: bool) -> list[float]:
    points = np.array(annotation.get("keypoints") or (), float).reshape(-1, 3)
    points = points[points[:, 2] > 0, :2]
    if not len(points) and isinstance(annotation.get("segmentation"), list):
        points = np.concatenate([np.reshape(p, (-1, 2)) for p in annotation["segmentation"]])
    if not len(points) and pose:  # mmpose leaves out what has no keypoint
        return [0.0, 0.0, *map(float, size)]
    if not len(points):
        raise UserError(f"annotation {annotation.get('id')} has no bbox, keypoints or polygon")
    left, top, width, height = box_around(points)
    start = np.maximum([left - _MARGIN * width, top - _MARGIN * height], 0)
    end = np.minimum([left + (1 + _MARGIN) * width, top + (1 + _MARGIN) * height], size)
    return [*start.tolist(), *np.maximum(end - start, 1).tolist()]


def _category_names(content: dict[str, Any], file: Path) -> list[str]:
    names = [str(category["name"]) for category in content["categories"]]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise UserError(f"{file}: two categories have the name {listed(repeated)}: give another")
    return names


def _annotations(*contents: dict[str, Any]) -> list[dict[str, Any]]:
    return [annotation for content in contents for annotation in content["annotations"]]


def _used_categories(
    content: dict[str, Any], annotations: list[Any], notes: list[str], *, file: Path, pose: bool
) -> list[dict[str, Any]]:
    used = {a["category_id"] for a in annotations if not pose or any(a.get("keypoints") or ())}
    unknown = used - {category["id"] for category in content["categories"]}
    if unknown:
        raise UserError(f"{file}: no category has the id {listed(sorted(unknown))}: add it")
    if not used:
        raise UserError(f"{file} has no {'keypoints' if pose else 'annotations'}")
    unused = [c["name"] for c in content["categories"] if c["id"] not in used]
    if unused:
        notes.append(f"left out, as nothing is annotated with it: {listed(unused)}")
    return [category for category in content["categories"] if category["id"] in used]


def _split(content: dict[str, Any], request: Request, notes: list[str]) -> list[dict[str, Any]]:
    """Part a file by images; each part keeps all else that the file has."""
    chosen = choose_val([image["file_name"] for image in content["images"]], request)
    parts = []
    for is_val in (False, True):
        images = [i for i in content["images"] if (i["file_name"] in chosen) == is_val]
        ids = {image["id"] for image in images}
        annotations = [a for a in content["annotations"] if a["image_id"] in ids]
        parts.append({**content, "images": images, "annotations": annotations})
    notes.append(split_note(request, *(len(part["images"]) for part in parts)))
    return parts


def _count(content: dict[str, Any], *, pose: bool) -> int:
    annotations = [a for a in content["annotations"] if not a.get("iscrowd")]
    if pose:
        return sum(any(annotation.get("keypoints") or ()) for annotation in annotations)
    return len({annotation["image_id"] for annotation in annotations})


def _keypoints(
    categories: list[dict[str, Any]], annotations: list[dict[str, Any]], file: Path
) -> tuple[list[str], list[tuple[int, int]]]:
    lengths = {len(a["keypoints"]) for a in annotations if a.get("keypoints")}
    named = {tuple(category.get("keypoints") or ()) for category in categories}
    if len(lengths) > 1 or len(named) > 1:
        raise UserError(
            f"{file}: its categories {listed(c['name'] for c in categories)} have different "
            "keypoints: one model has the same keypoints for all; leave the others out"
        )
    count, names = lengths.pop() // 3, [str(name) for name in named.pop()]
    names = names or [f"point_{i}" for i in range(count)]
    if len(names) != count or len(set(names)) != count:
        raise UserError(f"{file}: {count} keypoints need as many different names: {names}")
    links = next((c["skeleton"] for c in categories if c.get("skeleton")), [])
    # COCO counts from 1, some tools from 0.
    start = 0 if any(0 in link for link in links) else 1
    pairs = [(link[0] - start, link[1] - start) for link in links]
    if any(not 0 <= i < count for pair in pairs for i in pair):
        raise UserError(f"{file}: the skeleton {links} has numbers of no keypoint, 1 to {count}")
    return names, pairs


def _visibility(annotations: list[dict[str, Any]], names: Sequence[str]) -> list[str]:
    """List how often each keypoint is visible, hidden and not labelled."""
    points = [a["keypoints"] for a in annotations if any(a.get("keypoints") or ())]
    flags = np.array(points, float).reshape(len(points), -1, 3)[..., 2]
    visible, hidden, unlabelled = ((flags == value).sum(0) for value in (2, 1, 0))
    return [
        "keypoints (visible, hidden, not labelled): "
        + ", ".join(
            f"{name} ({v}, {h}, {u})"
            for name, v, h, u in zip(names, visible, hidden, unlabelled, strict=True)
        )
    ]


def _write(path: Path, *, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
