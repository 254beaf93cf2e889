"""Scenes on disk: COCO json, the Cityscapes folders and folders of single objects.

A set is one folder::

    leftImg8bit/{train,val}/toytown/<name>_leftImg8bit.png      images
    gtFine/{train,val}/toytown/<name>_gtFine_labelTrainIds.png  semantic label maps
    annotations/{person_keypoints,instances}_{train,val}.json   COCO; file names relative to the set
    classification/{train,val}/<class>/<name>_<number>.png      single objects
    meta.json                                                   what the set is, and its counts
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from demo.painter.classes import KEYPOINTS, SKELETON, THINGS
from demo.painter.scenes import HEIGHT, WIDTH, Instance, Scene

CITY = "toytown"
CROP_SIZE = 64  # pixels
MIN_CROP_AREA = 200  # visible pixels of an object that is cut out
MIN_CROP_SHARE = 0.6  # of what things cover in the object's box
CROP_CONTEXT = 1.3  # side of the cut square, in longer sides of the object's box

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class SceneFiles:
    """The names of a scene's files, relative to the set."""

    split: str
    index: int

    @property
    def name(self) -> str:
        return f"{CITY}_{self.index:06d}_000000"

    @property
    def image(self) -> str:
        return f"leftImg8bit/{self.split}/{CITY}/{self.name}_leftImg8bit.png"

    @property
    def label_map(self) -> str:
        return f"gtFine/{self.split}/{CITY}/{self.name}_gtFine_labelTrainIds.png"

    def crop(self, category: str, number: int) -> str:
        return f"classification/{self.split}/{category}/{self.name}_{number}.png"


def write_scene(root: Path, scene: Scene, files: SceneFiles) -> list[Json]:
    """Write the images of a scene and return its COCO annotations, their ids left to number."""
    _write_png(root / files.image, scene.image[..., ::-1])
    _write_png(root / files.label_map, scene.label_map)
    for number in _worth_cutting(scene):
        instance = scene.instances[number]
        crop = cut_out(scene.image, instance)
        _write_png(root / files.crop(instance.category, number), crop[..., ::-1])
    return [_annotation(instance, files.index + 1) for instance in scene.instances]


def _write_png(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, encoded = cv2.imencode(".png", pixels)
    path.write_bytes(encoded.tobytes())


def _worth_cutting(scene: Scene) -> list[int]:
    """The largest instance of every class, if it is large enough and fills most of its box."""
    largest: dict[str, int] = {}
    for number, instance in enumerate(scene.instances):
        best = largest.get(instance.category)
        if best is None or instance.area > scene.instances[best].area:
            largest[instance.category] = number
    return [number for number in largest.values() if _fills_its_box(scene, number)]


def _fills_its_box(scene: Scene, number: int) -> bool:
    instance = scene.instances[number]
    x, y, width, height = instance.box
    here = (slice(y, y + height), slice(x, x + width))
    areas = [np.count_nonzero(other.mask[here]) for other in scene.instances]
    return instance.area >= max(MIN_CROP_AREA, MIN_CROP_SHARE * int(sum(areas)))


def _square(instance: Instance) -> tuple[int, int, int]:
    """The square with some context around an instance: left, top and side."""
    x, y, width, height = instance.box
    side = round(CROP_CONTEXT * max(width, height))
    return x + (width - side) // 2, y + (height - side) // 2, side


def cut_out(image: np.ndarray, instance: Instance) -> np.ndarray:
    """Cut an instance with some context from its image: (64, 64, 3) uint8."""
    left, top, side = _square(instance)
    around = cv2.copyMakeBorder(image, side, side, side, side, cv2.BORDER_REPLICATE)
    square = around[top + side : top + 2 * side, left + side : left + 2 * side]
    return cv2.resize(square, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _annotation(instance: Instance, image_id: int) -> Json:
    # Imported here so that the painter works without pycocotools.
    from pycocotools import mask as coco_mask

    # Run lengths, for they hold what occlusion leaves exactly: several parts, with holes.
    runs = coco_mask.encode(np.asfortranarray(instance.mask, np.uint8))
    counts = runs["counts"]
    assert isinstance(counts, bytes), counts
    annotation: Json = {
        "image_id": image_id,
        "category_id": THINGS.index(instance.category) + 1,
        "bbox": list(instance.box),
        "area": instance.area,
        "iscrowd": 0,
        "segmentation": {"size": list(runs["size"]), "counts": counts.decode()},
    }
    if instance.keypoints is not None:
        annotation["keypoints"] = [number for row in instance.keypoints.tolist() for number in row]
        annotation["num_keypoints"] = int(np.count_nonzero(instance.keypoints[:, 2]))
    return annotation


def make_class_folders(root: Path, split: str) -> None:
    """Make the folder of every class, with images or not, for readers number the folders."""
    for category in THINGS:
        (root / "classification" / split / category).mkdir(parents=True, exist_ok=True)


def write_coco(root: Path, split: str, scenes: list[list[Json]]) -> Counter[str]:
    """Write the two json files of a split and count its annotations by class.

    Args:
        root: Of the set.
        split: Of the scenes.
        scenes: What `write_scene` returned for the scenes 0, 1, ... of the split.
    """
    images = [
        {
            "id": index + 1,
            "file_name": SceneFiles(split=split, index=index).image,
            "width": WIDTH,
            "height": HEIGHT,
        }
        for index in range(len(scenes))
    ]
    annotations = [annotation for scene in scenes for annotation in scene]
    for number, annotation in enumerate(annotations, start=1):  # COCOeval takes 0 for no match
        annotation["id"] = number
    folder = root / "annotations"
    folder.mkdir(parents=True, exist_ok=True)
    categories = [{"id": number, "name": name} for number, name in enumerate(THINGS, start=1)]
    _write_json(
        folder / f"instances_{split}.json",
        images=images,
        annotations=[_without_keypoints(annotation) for annotation in annotations],
        categories=categories,
    )
    _write_json(
        folder / f"person_keypoints_{split}.json",
        images=images,
        annotations=[annotation for annotation in annotations if "keypoints" in annotation],
        categories=[_person_category()],
    )
    return Counter(THINGS[annotation["category_id"] - 1] for annotation in annotations)


def _without_keypoints(annotation: Json) -> Json:
    return {key: value for key, value in annotation.items() if "keypoints" not in key}


def _person_category() -> Json:
    numbers = {name: number for number, name in enumerate(KEYPOINTS, start=1)}
    skeleton = [[numbers[start], numbers[end]] for start, end in SKELETON]
    return {"id": 1, "name": "person", "keypoints": list(KEYPOINTS), "skeleton": skeleton}


def _write_json(path: Path, **content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))
