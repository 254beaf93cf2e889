"""Reads the XML files of PASCAL VOC."""

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from hrnet_mm.data.converters.coco import (
    AnnotatedDataset,
    AnnotatedObject,
    annotated_image,
    faults_named,
    listed_classes,
)
from hrnet_mm.data.own_files import utf8_text
from hrnet_mm.errors import UserError


def read_voc(source: Path) -> AnnotatedDataset:
    """Read ``Annotations`` and ``JPEGImages``, or XML files and images in one folder.

    Args:
        source: The dataset's folder, or a list in its ``ImageSets/Main``. Without a list of classes
            they are those of all XML files, sorted.

    Raises:
        UserError: A file cannot be used; the message names it and the value.
    """
    root = source.absolute().parents[2] if source.is_file() else source
    annotations, pictures = (
        root / name if (root / name).is_dir() else root for name in ("Annotations", "JPEGImages")
    )
    files = sorted(annotations.glob("*.xml"))
    classes = listed_classes(root) or sorted(
        {name for file in files for node in _objects(file) if (name := node.findtext("name"))}
    )
    if source.is_file():
        lines = filter(str.strip, utf8_text(source).splitlines())
        files = [annotations / f"{line.split()[0]}.xml" for line in lines]
    images = []
    for file in files:
        with faults_named(file):
            tree = ElementTree.parse(file)
            width, height = tree.findtext("size/width"), tree.findtext("size/height")
            path = pictures / (tree.findtext("filename") or "")
            image = annotated_image(path, folder=root, width=width, height=height)
            image.objects.extend(_object(node, classes) for node in tree.iterfind("object"))
        images.append(image)
    return AnnotatedDataset(images=images, classes=classes)


def _objects(file: Path) -> list[Element]:
    with faults_named(file):
        return ElementTree.parse(file).findall("object")


def _object(node: Element, classes: list[str]) -> AnnotatedObject:
    name = node.findtext("name") or ""
    if name not in classes:
        raise UserError(f"{name!r} is not one of the classes: {', '.join(classes)}")
    sides = [node.findtext(f"bndbox/{side}") or "" for side in ("xmin", "ymin", "xmax", "ymax")]
    first, last = np.array(sides, dtype=float).reshape(2, 2)
    if (last < first).any():
        raise UserError(f"the box of {name!r} ends before it begins: {' '.join(sides)}")
    # Pixels are counted from 1, and the last ones are inside. Difficult objects are left out of
    # VOC's own evaluation, as crowds are of COCO's.
    return AnnotatedObject(
        name=name,
        box=np.concatenate([first - 1, last - first + 1]),
        is_crowd=node.findtext("difficult") == "1",
    )
