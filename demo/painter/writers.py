"""Scenes on disk: COCO json, the Cityscapes folders and folders of single objects.

A dataset is one folder::

    leftImg8bit/{train,val}/toytown/<name>_leftImg8bit.png      images
    gtFine/{train,val}/toytown/<name>_gtFine_labelTrainIds.png  semantic label maps
    annotations/{person_keypoints,instances}_{train,val}.json   COCO; file names relative to it
    classification/{train,val}/<class>/<name>_<number>.png      single objects
    meta.json                                                   what the dataset is, and its counts
"""

import json
from collections import Counter, defaultdict
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


def write_scene(root: Path, scene: Scene, *, split: str, index: int) -> list[Json]:
    """Write the images of a scene and return its COCO annotations, their ids left to number."""
    name = _name(index)
    labels = f"gtFine/{split}/{CITY}/{name}_gtFine_labelTrainIds.png"
    _write_png(root / _image_file(split, index), scene.image[..., ::-1])
    _write_png(root / labels, scene.label_map)
    for number in _worth_cutting(scene):
        instance = scene.instances[number]
        crop = f"classification/{split}/{instance.category}/{name}_{number}.png"
        _write_png(root / crop, cut_out(scene.image, instance)[..., ::-1])
    return [_annotation(instance, index + 1) for instance in scene.instances]


def _name(index: int) -> str:
    return f"{CITY}_{index:06d}_000000"


def _image_file(split: str, index: int) -> str:
    return f"leftImg8bit/{split}/{CITY}/{_name(index)}_leftImg8bit.png"


def _write_png(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, encoded = cv2.imencode(".png", pixels)
    path.write_bytes(encoded.tobytes())


def _worth_cutting(scene: Scene) -> list[int]:
    """The largest instance of every class, if it is large enough and fills most of its box."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, instance in enumerate(scene.instances):
        numbers[instance.category].append(number)
    largest = [max(same, key=lambda n: scene.instances[n].area) for same in numbers.values()]
    return [number for number in largest if _fills_its_box(scene, scene.instances[number])]


def _fills_its_box(scene: Scene, instance: Instance) -> bool:
    x, y, width, height = instance.box
    here = (slice(y, y + height), slice(x, x + width))
    areas = [np.count_nonzero(other.mask[here]) for other in scene.instances]
    return instance.area >= max(MIN_CROP_AREA, MIN_CROP_SHARE * int(sum(areas)))


def cut_out(image: np.ndarray, instance: Instance) -> np.ndarray:
    """Cut an instance with some context from its image: (64, 64, 3) uint8."""
    x, y, width, height = instance.box
    side = round(CROP_CONTEXT * max(width, height))
    left, top = x + (width - side) // 2, y + (height - side) // 2
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


def write_coco(root: Path, split: str, scenes: list[list[Json]]) -> Counter[str]:
    """Write the two json files of a split and count its annotations by class.

    Args:
        root: Of the dataset.
        split: Of the scenes.
        scenes: What `write_scene` returned for the scenes 0, 1, ... of the split.
    """
    size = {"width": WIDTH, "height": HEIGHT}
    images = [
        {"id": index + 1, "file_name": _image_file(split, index), **size}
        for index in range(len(scenes))
    ]
    annotations = [annotation for scene in scenes for annotation in scene]
    for number, annotation in enumerate(annotations, start=1):  # COCOeval takes 0 for no match
        annotation["id"] = number
    folder = root / "annotations"
    folder.mkdir(parents=True, exist_ok=True)
    categories = [{"id": number, "name": name} for number, name in enumerate(THINGS, start=1)]
    things = [
        {key: value for key, value in annotation.items() if "keypoints" not in key}
        for annotation in annotations
    ]
    skeleton = [[KEYPOINTS.index(joint) + 1 for joint in bone] for bone in SKELETON]
    person = {"id": 1, "name": "person", "keypoints": KEYPOINTS, "skeleton": skeleton}
    people = [annotation for annotation in annotations if "keypoints" in annotation]
    for file, kept, classes in (
        (f"instances_{split}.json", things, categories),
        (f"person_keypoints_{split}.json", people, [person]),
    ):
        content = {"images": images, "annotations": kept, "categories": classes}
        (folder / file).write_text(json.dumps(content, separators=(",", ":")))
    return Counter(THINGS[annotation["category_id"] - 1] for annotation in annotations)
