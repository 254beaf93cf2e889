"""A few small images of every dataset the configs name, in the layout its class reads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmdet.datasets import CocoDataset
from scipy.io import savemat

from demo.painter import write_toy_scenes
from tests.zoo.fake_images import (
    HEIGHT,
    WIDTH,
    Box,
    label_map,
    outline,
    points_in,
    save,
    write_image,
)

IMAGES = 3  # of each split

# COCO's 80 classes have 80 of the numbers up to 90.
COCO_IDS = sorted(set(range(1, 91)) - {12, 26, 29, 30, 45, 66, 68, 69, 71, 83})


def write_fake_data(root: Path) -> None:
    """Write every dataset below ``root``, the folder data/ of the configs."""
    for name, write in WRITERS.items():
        write(root / name)


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


# Things and their points


def coco_json(
    images: list[tuple[str, list[Box]]],
    *,
    categories: dict[int, str],
    keypoints: int = 0,
    **more: Callable[[Box], Any],
) -> dict[str, Any]:
    """Describe things, a class after the other, as COCO does; ``more`` adds fields to each."""
    things: list[dict[str, Any]] = []
    ids = list(categories)
    for image_id, (_, boxes) in enumerate(images, start=1):
        for box in boxes:
            polygon = outline(box)
            thing: dict[str, Any] = dict(
                id=len(things) + 1,
                image_id=image_id,
                category_id=ids[len(things) % len(ids)],
                bbox=list(box),
                area=float(cv2.contourArea(polygon)),
                segmentation=[polygon.ravel().tolist()],
                iscrowd=0,
            )
            if keypoints:
                points = points_in(box, keypoints)
                thing.update(
                    keypoints=[value for point in points for value in (*point, 2)],
                    num_keypoints=keypoints,
                )
            things.append(thing | {key: make(box) for key, make in more.items()})
    return dict(
        info={},
        licenses=[],
        images=[
            dict(id=image_id, file_name=name, width=WIDTH, height=HEIGHT)
            for image_id, (name, _) in enumerate(images, start=1)
        ],
        annotations=things,
        categories=[dict(id=number, name=name) for number, name in categories.items()],
    )


def write_images(folder: Path, name: str, *, seed: int) -> list[tuple[str, list[Box]]]:
    """Draw the images of a split; give their names and what they show."""
    names = [name.format(i) for i in range(1, IMAGES + 1)]
    return [(n, write_image(folder / n, seed + i)) for i, n in enumerate(names)]


def write_coco(root: Path) -> None:
    classes = dict(zip(COCO_IDS, CocoDataset.METAINFO["classes"], strict=True))
    for seed, split in ((0, "train2017"), (10, "val2017")):
        images = write_images(root / split, "{:012d}.jpg", seed=seed)
        annotations = root / "annotations"
        things = coco_json(images, categories=classes)
        write_json(annotations / f"instances_{split}.json", things)
        people = coco_json(images, categories={1: "person"}, keypoints=17)
        write_json(annotations / f"person_keypoints_{split}.json", people)
        for i, (name, boxes) in enumerate(images):
            stuff = label_map(boxes, values=183, seed=seed + i)
            save((root / "stuffthingmaps" / split / name).with_suffix(".png"), stuff)
        if split == "val2017":
            detections = [
                dict(image_id=p["image_id"], category_id=1, bbox=p["bbox"], score=0.9)
                for p in people["annotations"]
            ]
            name = "COCO_val2017_detections_AP_H_56_person.json"
            write_json(root / "person_detection_results" / name, detections)


def write_mirror_mouse(root: Path) -> None:
    for seed, split in ((0, "train"), (10, "val")):
        images = write_images(root / "images", split + "_{:03d}.png", seed=seed)
        mice = coco_json(images, categories={1: "mouse"}, keypoints=17)
        write_json(root / f"{split}.json", mice)


def write_bccd(root: Path) -> None:
    for seed, split in ((0, "train"), (10, "val")):
        images = write_images(root / "images", split + "_{:03d}.png", seed=seed)
        cells = coco_json(images, categories={1: "Platelets", 2: "RBC", 3: "WBC"})
        write_json(root / f"{split}.json", cells)


def write_mpii(root: Path) -> None:
    for seed, split in ((0, "train"), (10, "val")):
        people: list[dict[str, Any]] = []
        # mmpose makes a number of the file's name.
        for name, boxes in write_images(root / "images", f"{seed:03d}{{:06d}}.jpg", seed=seed):
            for x, y, w, h in boxes:
                joints = points_in((x, y, w, h), 16)
                person = dict(
                    image=name,
                    center=[x + w / 2, y + h / 2],
                    scale=max(w, h) / 200,
                    joints=joints,
                    joints_vis=[1] * len(joints),
                )
                people.append(person)
        write_json(root / "annotations" / f"mpii_{split}.json", people)
        # Corner, coordinate, person.
        heads = np.tile(np.array([[10.0, 10.0], [40.0, 50.0]])[..., None], len(people))
        savemat(str(root / "annotations" / f"mpii_gt_{split}.mat"), {"headboxes_src": heads})


def write_faces(root: Path, *, landmarks: int, files: tuple[str, ...]) -> None:
    """Write faces with all that the classes of the four datasets ask for."""
    for seed, name in enumerate(files):
        images = write_images(root / "images", f"{name}_{{:03d}}.jpg", seed=10 * seed)
        faces = coco_json(
            images,
            categories={1: "face"},
            keypoints=landmarks,
            center=lambda box: [box[0] + box[2] / 2, box[1] + box[3] / 2],
            scale=lambda box: max(box[2:]) / 200,
            box_size=lambda box: float(max(box[2:])),  # AFLW's
        )
        write_json(root / "annotations" / f"{name}.json", faces)


# Label maps


def write_labelled(
    root: Path,
    *,
    images: str,
    labels: str,
    values: int,
    splits: tuple[str, str],
) -> None:
    """Write images and label maps; ``images`` and ``labels`` have places for split and number."""
    for seed, split in enumerate(splits):
        for i in range(IMAGES):
            number = f"{10 * seed + i:06d}"
            image_path = root / images.format(split=split, number=number)
            boxes = write_image(image_path, 10 * seed + i)
            label_path = root / labels.format(split=split, number=number)
            save(label_path, label_map(boxes, values=values, seed=10 * seed + i))


def write_cityscapes(root: Path) -> None:
    write_labelled(
        root,
        images="leftImg8bit/{split}/bonn/bonn_{number}_000019_leftImg8bit.png",
        labels="gtFine/{split}/bonn/bonn_{number}_000019_gtFine_labelTrainIds.png",
        values=19,
        splits=("train", "val"),
    )


def write_lip(root: Path) -> None:
    write_labelled(
        root,
        images="{split}_images/{number}.jpg",
        labels="{split}_segmentations/{number}.png",
        values=20,
        splits=("train", "val"),
    )


def write_pascal_context(root: Path) -> None:
    write_labelled(
        root,
        images="JPEGImages/{split}_{number}.jpg",
        labels="SegmentationClassContext/{split}_{number}.png",
        values=60,
        splits=("train", "val"),
    )
    for split in ("train", "val"):
        names = sorted(path.stem for path in (root / "JPEGImages").glob(f"{split}_*.jpg"))
        path = root / "ImageSets/SegmentationContext" / f"{split}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(names) + "\n")


def write_ade(root: Path) -> None:
    write_labelled(
        root / "ADEChallengeData2016",
        images="images/{split}/ADE_{number}.jpg",
        labels="annotations/{split}/ADE_{number}.png",
        values=151,
        splits=("training", "validation"),
    )


def write_coco_stuff(root: Path) -> None:
    write_labelled(
        root,
        images="images/{split}/COCO_{number}.jpg",
        labels="annotations/{split}/COCO_{number}_labelTrainIds.png",
        values=172,
        splits=("train2014", "test2014"),
    )


def write_camvid(root: Path) -> None:
    write_labelled(
        root,
        images="images/{split}/{number}.jpg",
        labels="annotations/{split}/{number}.png",
        values=11,
        splits=("train", "val"),
    )


# Classes


def write_imagenet(root: Path) -> None:
    """Make a folder for each of the 1000 classes, as the class demands, with images in a few."""
    for seed, split in ((0, "train"), (10, "val")):
        for number in range(1000):
            (root / split / f"n{number:08d}").mkdir(parents=True)
        for i in range(IMAGES):
            write_image(root / split / f"n{250 * i:08d}" / f"{i}.JPEG", seed + i)


WRITERS: dict[str, Callable[[Path], Any]] = {
    "coco": write_coco,
    "mirror_mouse": write_mirror_mouse,
    "bccd": write_bccd,
    "mpii": write_mpii,
    "wflw": lambda root: write_faces(
        root, landmarks=98, files=("face_landmarks_wflw_train", "face_landmarks_wflw_test")
    ),
    "cofw": lambda root: write_faces(root, landmarks=29, files=("cofw_train", "cofw_test")),
    "300w": lambda root: write_faces(
        root, landmarks=68, files=("face_landmarks_300w_train", "face_landmarks_300w_valid")
    ),
    "aflw": lambda root: write_faces(
        root, landmarks=19, files=("face_landmarks_aflw_train", "face_landmarks_aflw_test")
    ),
    "cityscapes": write_cityscapes,
    "LIP": write_lip,
    "VOCdevkit/VOC2010": write_pascal_context,
    "ade": write_ade,
    "coco_stuff10k": write_coco_stuff,
    "camvid": write_camvid,
    "imagenet": write_imagenet,
    "toy": lambda root: write_toy_scenes(root, num_train=IMAGES, num_val=IMAGES, processes=1),
}
