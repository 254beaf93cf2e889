"""mmpose's OpenCV visualizer, for keypoints on numpy >= 2.4.

Broken: mmpose passes the radius of a keypoint as an array of one element and calls ``int`` on it:
``TypeError: only 0-dimensional arrays can be converted to Python scalars``. OpenCV is the default
backend, so the visualization hook, the inferencers and ``--show-dir`` stop at the first image.
Since: numpy 2.4 (deprecated since 1.25), mmpose up to 1.3.2.
Can go: when mmpose passes a number.
"""

from functools import wraps
from types import ModuleType, SimpleNamespace
from typing import Any

from hrnet_mm.post_import import Patch, raises


def _refuses_array_radius(module: ModuleType) -> bool:
    import numpy as np

    # A stand-in with all that drawing uses: a real visualizer needs matplotlib and a unique name.
    canvas = SimpleNamespace(backend="opencv", _image=np.zeros((1, 1, 3), dtype=np.uint8))
    draw = module.OpencvBackendVisualizer.draw_circles
    circle = dict(center=np.zeros(2), radius=np.ones(1), face_colors=(0, 0, 0))
    return raises(TypeError, draw, canvas, **circle)


def _pass_a_number(module: ModuleType) -> None:
    import numpy as np

    original = module.OpencvBackendVisualizer.draw_circles

    @wraps(original)
    def draw_circles(self: Any, center: Any, radius: Any, *args: Any, **kwargs: Any) -> Any:
        if self.backend == "opencv":
            radius = np.asarray(radius).item()
        return original(self, center, radius, *args, **kwargs)

    module.OpencvBackendVisualizer.draw_circles = draw_circles


REPAIR = Patch(
    title="mmpose: keypoints drawn by OpenCV on numpy >= 2.4",
    waits_for="mmpose.visualization.opencv_backend_visualizer",
    is_needed=_refuses_array_radius,
    apply=_pass_a_number,
)
