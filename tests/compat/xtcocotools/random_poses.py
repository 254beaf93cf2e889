"""Annotations and detections of whole bodies, at random, with all that an evaluation can meet."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

PARTS = {
    "keypoints": 17,
    "foot_kpts": 6,
    "face_kpts": 68,
    "lefthand_kpts": 21,
    "righthand_kpts": 21,
}
OWN_SCORES = ("foot_score", "face_score", "lefthand_score", "righthand_score", "wholebody_score")
NUM_IMAGES = 10
UNDETECTED, WITHOUT_AREA, CROWDED = 3, 4, 5  # images: what is special about them


def annotations(seed: int) -> dict[str, Any]:
    """The content of an annotation file.

    Sizes are small, medium and large, some parts are invisible, ``num_keypoints`` does not count
    what is visible, the first id is 0, an image is empty. Where ``area`` is missing nothing is
    detected, since xtcocotools computes OKS with ``use_area`` only from an area that is there.
    """
    rng = random.Random(seed)
    people = [
        _person(rng, image=image, index=index)
        for index, image in enumerate(rng.randint(1, NUM_IMAGES - 1) for _ in range(45))
    ]
    sizes = {"width": 640, "height": 480}
    return {
        "images": [
            {"id": image, "crowdIndex": rng.choice([0.1, 0.2, 0.5, 0.8, 0.9]), **sizes}
            for image in range(NUM_IMAGES)
        ],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "statue"}],
        "annotations": people,
    }


def _person(rng: random.Random, *, image: int, index: int) -> dict[str, Any]:
    width, height = rng.choice([20, 60, 200]) * rng.uniform(0.8, 1.2), rng.uniform(20, 250)
    x, y = rng.uniform(0, 400), rng.uniform(0, 200)
    person: dict[str, Any] = {
        "id": index,
        "image_id": image,
        "category_id": rng.choice([1, 1, 1, 2]),
        "bbox": [x, y, width, height],
        "num_keypoints": rng.choice([0, 1, 9]),
        "ignore": rng.choice([0, 1]),  # which nobody reads
        "iscrowd": int(rng.random() < 0.15),
        "area": width * height * rng.uniform(0.3, 0.7),
    }
    if image == WITHOUT_AREA:
        del person["area"]
    if not person["iscrowd"] and rng.random() < 0.5:
        del person["iscrowd"]
    for part, num_points in PARTS.items():
        visible = rng.random() < 0.8
        person[part] = [
            value
            for _ in range(num_points)
            for value in (
                round(rng.uniform(x, x + width), 2),
                round(rng.uniform(y, y + height), 2),
                rng.choice([0, 1, 2]) if visible else 0,
            )
        ]
    return person


def detections(
    people: Sequence[Mapping[str, Any]], *, seed: int, parts: Sequence[str] = tuple(PARTS)
) -> list[dict[str, Any]]:
    """Results for annotated people: none, a good or bad one, several, or one without any score.

    Ranks are tied, more than 20 are in one image, some have scores of parts.
    """
    rng = random.Random(seed)
    found = [
        _detection(rng, person, parts=parts)
        for person in people
        if person["image_id"] not in (UNDETECTED, WITHOUT_AREA)
        for _ in range(rng.choice([0, 1, 1, 2, 3]) + 4 * (person["image_id"] == CROWDED))
    ]
    with_boxes = seed % 2 == 1  # else the area of a result is that of its keypoints
    return [{k: v for k, v in one.items() if with_boxes or k != "bbox"} for one in found]


def _detection(
    rng: random.Random, person: Mapping[str, Any], *, parts: Sequence[str]
) -> dict[str, Any]:
    left, top, width, height = person["bbox"]
    blur = rng.choice([0.0, 0.01, 0.04, 0.1]) * (width + height)
    is_dropped = rng.random() < 0.1
    found: dict[str, Any] = {
        "image_id": person["image_id"],
        "category_id": person["category_id"],
        "bbox": [left + rng.gauss(0, blur), top, width * rng.uniform(0.9, 1.2), height],
        "score": round(rng.random(), 1),
    }
    for part in parts:
        points = person[part]
        found[part] = [
            value
            for i in range(0, len(points), 3)
            for value in (
                points[i] + rng.gauss(0, blur),
                points[i + 1] + rng.gauss(0, blur),
                0.0 if is_dropped else rng.random(),
            )
        ]
    for score in OWN_SCORES:
        if rng.random() < 0.7:
            found[score] = round(rng.random(), 1)
    return found
