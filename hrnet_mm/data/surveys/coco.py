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
from hrnet_mm.data.image_sizes import Size, image_size
from hrnet_mm.data.surveys.survey import (
    Request,
    Subset,
    Survey,
    choose_val,
    class_colors,
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
    images, notes = request.image_folder(), list[str]()
    parts = _parts(request, images, notes, pose=pose)
    numbers = sum((_numbers(part.content, pose=pose) for part in parts), Counter[str]())
    categories = [c for c in parts[0].content["categories"] if numbers[c["name"]]]
    if not categories:
        raise UserError(f"{request.data} has no {'keypoints' if pose else 'annotations'}")
    everything = [annotation for part in parts for annotation in part.content["annotations"]]
    keypoints, links = _keypoints(categories, everything, request.data) if pose else ((), ())
    train, val = (_subset(part, images, pose=pose) for part in parts)
    notes += _notes(parts, numbers, keypoints)
    boxes = np.array([annotation["bbox"][2:] for annotation in everything], float)
    areas = np.concatenate([_image_areas(part.content) for part in parts])
    return CocoSurvey(
        train=train,
        val=val,
        sizes=Counter(
            (image["width"], image["height"]) for part in parts for image in part.content["images"]
        ),
        classes=[category["name"] for category in categories],
        shares=[f"{numbers[category['name']]}" for category in categories],
        palette=class_colors(len(categories)),
        notes=notes,
        files={part.file: partial(_write, content=part.content) for part in parts if part.is_new},
        boxes=boxes,
        whole_images=bool(np.median(boxes.prod(1) / areas) > _WHOLE),
        with_masks=all(annotation.get("segmentation") for annotation in everything),
        keypoints=keypoints,
        links=links,
    )


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What is in a COCO file, or will be where it is new."""

    content: dict[str, Any]
    file: Path
    is_new: bool


def _parts(request: Request, images: Path, notes: list[str], *, pose: bool) -> list[_Part]:
    """Read the files to train and to validate with; a single one is split."""
    files = [request.data, *([request.val] if request.val else [])]
    contents, is_new = [], []
    for file in files:
        with faults_named(file):
            content = _read(file)
            _check_images(content, images)
            is_new.append(_complete(content, images, pose=pose, notes=notes))
        contents.append(content)
    names = [[category["name"] for category in content["categories"]] for content in contents]
    if names[0] != names[-1]:
        raise UserError(
            f"{request.val} has the categories {listed(names[-1])}, but {request.data} "
            f"{listed(names[0])}: give both the same, in the same order"
        )
    if request.val is None:
        contents, is_new = _split(contents[0], request, notes), [True, True]
        files *= 2
    return [
        _Part(
            content=content,
            file=request.beside(request.data, f"{part}.json") if new else file.absolute(),
            is_new=new,
        )
        for part, content, file, new in zip(("train", "val"), contents, files, is_new, strict=True)
    ]


def _numbers(content: dict[str, Any], *, pose: bool) -> Counter[str]:
    """Count the annotations of each category, for pose those with keypoints."""
    names = {category["id"]: category["name"] for category in content["categories"]}
    used = [a for a in content["annotations"] if not pose or any(a.get("keypoints") or ())]
    return Counter(names[annotation["category_id"]] for annotation in used)


def _subset(part: _Part, images: Path, *, pose: bool) -> Subset:
    """Describe a part: it has as many samples as objects with keypoints, or images with objects."""
    used = [a for a in part.content["annotations"] if not a.get("iscrowd")]
    objects = [any(annotation.get("keypoints") or ()) for annotation in used]
    count = sum(objects) if pose else len({annotation["image_id"] for annotation in used})
    if not count:
        raise UserError(f"{part.file}: nothing is annotated")
    return Subset(count=count, images=images, annotations=part.file)


def _notes(parts: list[_Part], numbers: Counter[str], keypoints: Sequence[str]) -> list[str]:
    notes = []
    unused = [c["name"] for c in parts[0].content["categories"] if not numbers[c["name"]]]
    if unused:
        notes.append(f"left out, as nothing is annotated with it: {listed(unused)}")
    contents = [part.content for part in parts]
    total = sum(len(content["images"]) for content in contents)
    empty = total - sum(len({a["image_id"] for a in c["annotations"]}) for c in contents)
    if empty:
        notes.append(f"without annotations, and not learned from: {empty} of {total} images")
    annotations = [annotation for content in contents for annotation in content["annotations"]]
    masks = sum(bool(annotation.get("segmentation")) for annotation in annotations)
    if masks and not keypoints:
        notes.append(f"masks: {masks} of {len(annotations)}, for --from a mask-rcnn")
    return notes + (_visibility(annotations, keypoints) if keypoints else [])


def _image_areas(content: dict[str, Any]) -> np.ndarray:
    """Return the area of the image of each annotation, (N,)."""
    areas = {image["id"]: image["width"] * image["height"] for image in content["images"]}
    return np.array([areas[annotation["image_id"]] for annotation in content["annotations"]], float)


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
    for category in content["categories"]:
        category["name"] = str(category["name"])
    repeated = [
        name for name, n in Counter(c["name"] for c in content["categories"]).items() if n > 1
    ]
    if repeated:
        raise UserError(f"two categories have the name {listed(repeated)}: give one another")
    known = {category["id"] for category in content["categories"]}
    unknown = {annotation["category_id"] for annotation in content["annotations"]} - known
    if unknown:
        raise UserError(f"no category has the id {listed(sorted(unknown))}: add it")
    return content


def _check_keypoints(annotation: dict[str, Any]) -> None:
    points = annotation.get("keypoints") or []
    if len(points) % 3 or not all(isinstance(number, int | float) for number in points):
        raise UserError(
            f"annotation {annotation.get('id')} has the keypoints {str(points)[:60]}: give three "
            "numbers for each in one list, [x1, y1, v1, x2, ...]; v is 0 if not labelled, "
            "1 if hidden, 2 if visible"
        )


def _check_images(content: dict[str, Any], folder: Path) -> None:
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
        if pose or not annotation.get("bbox"):
            _check_keypoints(annotation)
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
