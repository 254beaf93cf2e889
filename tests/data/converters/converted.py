"""What the tests of all converters share: images, and what readers make of the COCO file."""

import json
from pathlib import Path
from typing import Any

from PIL import Image
from pycocotools.coco import COCO

from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.converters.coco import AnnotatedDataset, write_coco
from hrnet_mm.data.rules import check_coco_file
from tests.data.tiny_coco import METAINFO, of_boxes, of_keypoints

SIZE = (200, 100)  # width, height


def write_image(path: Path, *, orientation: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", SIZE)
    exif = image.getexif()
    if orientation is not None:
        exif[0x0112] = orientation
    image.save(path, exif=exif)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def by_pycocotools(dataset: AnnotatedDataset, file: Path) -> Any:
    write_coco(dataset, file)
    return COCO(str(file))


def annotations_of(coco: Any, file_name: str) -> list[dict[str, Any]]:
    """Return the annotations of an image, with the name of the class as ``category``."""
    [number] = [i for i, image in coco.imgs.items() if image["file_name"] == file_name]
    return [
        annotation | {"category": coco.cats[annotation["category_id"]]["name"]}
        for annotation in coco.imgToAnns[number]
    ]


def assert_no_findings(file: CocoFile) -> None:
    """Check it by the rules that trainings check their files by."""
    assert not [finding.text for finding in check_coco_file(file)]


def by_mmdet(file: Path, *, images: Path, classes: tuple[str, ...]) -> Any:
    from mmdet.datasets import CocoDataset

    content = json.loads(file.read_bytes())
    assert_no_findings(of_boxes(content, metainfo={"classes": classes}))
    return CocoDataset(
        ann_file=str(file), data_prefix={"img": str(images)}, metainfo={"classes": classes}
    )


def by_mmpose(file: Path, *, images: Path) -> Any:
    from mmpose.datasets import CocoDataset

    assert_no_findings(of_keypoints(json.loads(file.read_bytes())))
    return CocoDataset(ann_file=str(file), data_prefix={"img": str(images)}, metainfo=METAINFO)
