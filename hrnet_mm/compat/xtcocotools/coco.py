"""Annotations and results in COCO's format, as xtcocotools reads them."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import coco

_COCO: Any = coco.COCO  # any fields, where its stubs list those of COCO


class COCO(_COCO):
    """An annotation file and its index.

    Beside what pycocotools does, annotations without ``iscrowd`` are no crowds, a list of results
    may be empty, and a name or an id may be a string.

    Args:
        annotation_file: The path of the file.
        test_index: Which keypoints to keep, in this order; None keeps all.
        ann_data: The content of the file, if it is read already.

    Attributes:
        anno_file: The path, and that of the results once they are loaded.
    """

    def __init__(
        self,
        annotation_file: str | None = None,
        test_index: Any = None,
        ann_data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(annotation_file if ann_data is None else None)
        self.anno_file: list[Any] = [annotation_file]
        self.test_index = test_index
        if ann_data is not None:
            self.dataset = ann_data
            self.createIndex()
        for annotation in self.dataset.get("annotations", ()):
            annotation.setdefault("iscrowd", False)
            if test_index is not None:
                points = np.reshape(annotation["keypoints"], (-1, 3))
                annotation["keypoints"] = points[test_index].ravel().tolist()

    def getAnnIds(
        self, imgIds: Any = (), catIds: Any = (), areaRng: Sequence[float] = (), iscrowd: Any = None
    ) -> list[Any]:
        """The ids of annotations; the lower end of the area range belongs to it."""
        ids = super().getAnnIds(_listed(imgIds), _listed(catIds), iscrowd=iscrowd)
        if len(areaRng) == 0:
            return ids
        smallest, end = areaRng
        return [index for index in ids if smallest <= self.anns[index]["area"] < end]

    def getCatIds(self, catNms: Any = (), supNms: Any = (), catIds: Any = ()) -> list[Any]:
        """The ids of categories, of all or of those with these names and ids."""
        return super().getCatIds(_listed(catNms), _listed(supNms), _listed(catIds))

    def getImgIds(self, imgIds: Any = (), catIds: Any = ()) -> list[Any]:
        """The ids of images, of all or of those with these ids and categories."""
        return super().getImgIds(_listed(imgIds), _listed(catIds))

    def loadRes(self, resFile: Any, resData: list[dict[str, Any]] | None = None) -> "COCO":
        """Index results.

        Args:
            resFile: The path of a json file with a list of results, or that list.
            resData: The content of the file, if it is read already.
        """
        if len(self.anno_file) == 1:
            self.anno_file.append(resFile)
        results = resFile if resData is None else resData
        if isinstance(results, str):
            with open(results) as file:
                results = json.load(file)
        loaded = COCO()
        if isinstance(results, list) and not results:
            loaded.dataset = {"images": list(self.dataset["images"]), "annotations": []}
            loaded.createIndex()
        else:
            loaded.__dict__.update(vars(super().loadRes(results)))
        return loaded


def _listed(ids: Any) -> Any:
    return [ids] if isinstance(ids, str) else ids
