"""mmpose's OpenCV visualizer draws keypoints with today's numpy."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mmengine.structures import InstanceData

import hrnet_mm  # noqa: F401  (mmpose.visualization imports only after it)
from hrnet_mm.compat.opencv_visualizer import REPAIR

# isort: split
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer
from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer


class _Canvas:
    """What mmpose's method needs of a visualizer."""

    def __init__(self, backend: str = "opencv") -> None:
        self.backend = backend
        self._image = np.zeros((9, 9, 3), dtype=np.uint8)


def _draw(method: Any, radius: Any) -> np.ndarray:
    canvas = _Canvas()
    method(canvas, np.array([4.0, 4.0]), radius=radius, face_colors=(255, 255, 255))
    return canvas._image


def test_stock_method_refuses_a_radius_in_an_array() -> None:
    stock: Any = OpencvBackendVisualizer.draw_circles
    with pytest.raises(TypeError, match="0-dimensional"):
        _draw(stock.__wrapped__, np.array([2]))


@pytest.mark.parametrize("radius", [2, 2.0, np.array([2]), np.array([[2.0]])])
def test_radius(radius: Any) -> None:
    stock: Any = OpencvBackendVisualizer.draw_circles
    wanted = _draw(stock.__wrapped__, 2)
    assert wanted.any()
    assert np.array_equal(_draw(stock, radius), wanted)


def test_keypoints_are_drawn() -> None:
    visualizer = PoseLocalVisualizer(backend="opencv", radius=3)
    visualizer.set_dataset_meta({"num_keypoints": 1, "skeleton_links": []})
    sample = PoseDataSample()
    sample.pred_instances = InstanceData(
        keypoints=np.array([[[20.0, 10.0]]]), keypoint_scores=np.ones((1, 1))
    )
    image = np.zeros((30, 40, 3), dtype=np.uint8)
    drawn = visualizer.add_datasample("", image, sample, draw_gt=False, draw_heatmap=False)
    assert drawn is not None
    assert drawn[10, 20].any()
    assert not drawn[25, 35].any()


def test_stands_aside_where_arrays_are_drawn() -> None:
    class Visualizer:
        def draw_circles(self, center: Any, radius: Any, face_colors: Any) -> None:
            pass

    module: Any = SimpleNamespace(OpencvBackendVisualizer=Visualizer)
    assert not REPAIR.is_needed(module)
