"""COCO files become label maps."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from hrnet_mm.data.converters.masks import write_label_maps
from hrnet_mm.errors import UserError
from tests.data.converters.converted import SIZE, write_image

WIDTH, HEIGHT = SIZE
LARGE = [10, 10, 110, 10, 110, 60, 10, 60]
SMALL = [30, 20, 50, 20, 50, 40, 30, 40]
LINE = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
LINE[90:] = 1


def annotation(category: int, segmentation: Any, **others: Any) -> dict[str, Any]:
    return {"image_id": 7, "category_id": category, "segmentation": segmentation} | others


def encoded(mask: np.ndarray) -> dict[str, Any]:
    rle: Any = coco_mask.encode(np.asfortranarray(mask))
    return {"size": rle["size"], "counts": rle["counts"].decode()}


def counted(mask: np.ndarray) -> dict[str, Any]:
    """Return the RLE of COCO's crowds: lengths of runs of 0 and 1 in turn, column by column."""
    pixels = np.concatenate([[0], mask.ravel(order="F")])
    changes = np.flatnonzero(np.diff(pixels))
    counts = np.diff(changes, prepend=0, append=mask.size).tolist()
    return {"size": [HEIGHT, WIDTH], "counts": counts}


def write_file(root: Path, *annotations: dict[str, Any], **others: Any) -> Path:
    content = {
        "images": [{"id": 7, "file_name": "train/a.png", "width": WIDTH, "height": HEIGHT}],
        "annotations": [item | {"id": i} for i, item in enumerate(annotations, start=1)],
        "categories": [{"id": 5, "name": "road"}, {"id": 3, "name": "car"}],
    }
    file = root / "coco.json"
    file.write_text(json.dumps(content | others))
    return file


def label_map(root: Path, *annotations: dict[str, Any]) -> np.ndarray:
    write_label_maps(write_file(root, *annotations), root / "labels")
    with Image.open(root / "labels/train/a.png") as image:
        assert image.mode == "P"
        return np.array(image)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_smaller_object_is_on_top(reverse: bool, tmp_path: Path) -> None:
    items = [annotation(5, [LARGE]), annotation(3, [SMALL])]
    labels = label_map(tmp_path, *(items[::-1] if reverse else items))
    assert labels.shape == (HEIGHT, WIDTH)
    assert (labels[20:40, 30:50] == 2).all()
    assert np.unique(labels, return_counts=True)[1].tolist() == [20000 - 5000, 5000 - 400, 400]


@pytest.mark.parametrize("form", [encoded, counted])
def test_rle(form: Any, tmp_path: Path) -> None:
    labels = label_map(tmp_path, annotation(3, form(LINE), iscrowd=1))
    assert ((labels == 2) == LINE).all()


def test_objects_of_several_parts(tmp_path: Path) -> None:
    far = [150, 70, 170, 70, 170, 90, 150, 90]
    labels = label_map(tmp_path, annotation(5, [SMALL, far]))
    assert (labels == 1).sum() == 800
    assert labels[80, 160] == 1


def test_the_report_names_labels(tmp_path: Path) -> None:
    file = write_file(tmp_path, annotation(3, [SMALL]), annotation(3, [LARGE]))
    text = write_label_maps(file, tmp_path / "labels")
    assert text == (
        f"written: {tmp_path / 'labels'}: 1 label maps of 2 annotations: 0 background, 1 road (0), "
        "2 car (2)"
    )


def test_mmseg_reads_them(tmp_path: Path) -> None:
    from mmseg.datasets import BaseSegDataset
    from mmseg.datasets.transforms import LoadAnnotations

    write_image(tmp_path / "images/train/a.png")
    label_map(tmp_path, annotation(5, [LARGE]), annotation(3, [SMALL]))
    dataset: Any = BaseSegDataset(
        data_root=str(tmp_path),
        data_prefix=dict(img_path="images/train", seg_map_path="labels/train"),
        img_suffix=".png",
        metainfo=dict(classes=("background", "road", "car")),
    )
    info = dataset.get_data_info(0)
    for reduce_zero_label, values in (False, {0, 1, 2}), (True, {255, 0, 1}):
        read: Any = LoadAnnotations()(
            info | {"reduce_zero_label": reduce_zero_label, "seg_fields": []}
        )
        assert set(np.unique(read["gt_seg_map"])) == values


@pytest.mark.parametrize(
    ("annotations", "others", "message"),
    [
        ([annotation(3, None, bbox=[1, 1, 5, 5])], {}, "annotation 1 has no segmentation"),
        ([annotation(3, [SMALL]), annotation(3, [["x"] * 6])], {}, "annotation 2 has a broken"),
        (
            [annotation(3, [SMALL]), annotation(3, counted(LINE) | {"counts": [5, 90000]})],
            {},
            "annotation 2 has a broken",
        ),
        ([annotation(9, [SMALL])], {}, "annotation 1 has no image or no category"),
        ([annotation(3, [SMALL], image_id=1)], {}, "annotation 1 has no image or no category"),
        (
            [annotation(3, [SMALL]), annotation(3, counted(LINE) | {"size": [WIDTH, HEIGHT]})],
            {},
            r"annotation 2 has an RLE of the height and width \[200, 100\], but its image "
            r"train/a.png has \[100, 200\]",
        ),
        ([], {}, "no annotations"),
        ([annotation(3, [SMALL])], {"images": [{"id": 7, "file_name": "a.png"}]}, "width"),
        ([annotation(3, [SMALL])], {"images": [{"id": 7, "file_name": "../a.png"}]}, "'../a.png'"),
        ([annotation(3, [SMALL])], {"categories": [{"id": i} for i in range(255)]}, "255 categ"),
        ([annotation(3, [SMALL])], {"images": 5}, "TypeError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_faults_are_named_and_nothing_is_written(
    annotations: list[Any], others: dict[str, Any], message: str, tmp_path: Path
) -> None:
    file = write_file(tmp_path, *annotations, **others)
    with pytest.raises(UserError, match=f"^{file}: .*{message}"):
        write_label_maps(file, tmp_path / "labels")
    assert not (tmp_path / "labels").exists()


def test_names_that_differ_in_the_suffix_are_refused(tmp_path: Path) -> None:
    images = [
        {"id": i, "file_name": name, "width": WIDTH, "height": HEIGHT}
        for i, name in enumerate(("a.png", "a.jpg"), start=7)
    ]
    file = write_file(tmp_path, annotation(3, [SMALL]), images=images)
    with pytest.raises(UserError, match="suffix"):
        write_label_maps(file, tmp_path / "labels")
