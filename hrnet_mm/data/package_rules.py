"""Rules about packages that a config needs and that are not installed."""

from collections.abc import Iterator
from importlib.util import find_spec

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import Nodes, type_name, walk
from hrnet_mm.data.run_config import RunConfig

# The classes that import a module when built or first used.
_CLASSES = {
    "tensorboard": ("TensorboardVisBackend",),
    "wandb": ("WandbVisBackend",),
    "mlflow": ("MLflowVisBackend",),
    "clearml": ("ClearMLVisBackend",),
    "neptune": ("NeptuneVisBackend",),
    "dvclive": ("DVCLiveVisBackend",),
    "aim": ("AimVisBackend",),
    "albumentations": ("Albu", "Albumentation", "Albumentations"),
    "imagecorruptions": ("Corrupt",),
    "instaboostfast": ("InstaBoost",),
    "panopticapi": ("LoadPanopticAnnotations", "CocoPanopticMetric"),
    "osgeo": ("LoadSingleRSImageFromFile", "LoadMultipleRSImageFromFile"),
    "cityscapesscripts": ("CityScapesMetric", "CityscapesMetric"),
    "lvis": ("LVISMetric", "LVISV05Dataset", "LVISV1Dataset"),
}
_MODULES = {name: module for module, names in _CLASSES.items() for name in names}
_PIP_NAMES = {  # where it is not the module's
    "panopticapi": "git+https://github.com/cocodataset/panopticapi.git",
    "osgeo": "GDAL",
    "turbojpeg": "PyTurboJPEG",
}
# Values of mmcv's imdecode_backend, and of mmengine's backend_args, that are modules.
_OPTIONS = {"imdecode_backend": ("turbojpeg", "tifffile"), "backend": ("lmdb",)}
_DECODERS = ("cv2", "pillow", *_OPTIONS["imdecode_backend"])


def packages(run: RunConfig) -> Iterator[Finding]:
    """Packages that visualizers, decoders, transforms or metrics need are installed."""
    for key, name, module in _needed(run):
        if find_spec(module) is None:
            yield Finding(
                text=f"{key}={name!r} needs the package {module}, which is not installed: "
                f"pip install {_PIP_NAMES.get(module, module)}"
            )


def decoders(run: RunConfig) -> Iterator[Finding]:
    """``imdecode_backend`` is one of mmcv's."""
    for key, node in _nodes(run):
        name = node.get("imdecode_backend")
        if isinstance(name, str) and name not in _DECODERS:
            yield Finding(text=f"{key}.imdecode_backend={name!r}: choose from {_DECODERS}")


def _needed(run: RunConfig) -> Iterator[tuple[str, str, str]]:
    """Yield the key and the value that need a module, and the module."""
    for key, node in _nodes(run):
        name = type_name(node)
        if name in _MODULES:
            yield f"{key}.type", name, _MODULES[name]
        for option, modules in _OPTIONS.items():
            if node.get(option) in modules:
                yield f"{key}.{option}", node[option], node[option]


def _nodes(run: RunConfig) -> Nodes:
    parts = [f"{split}_{part}" for part in ("dataloader", "evaluator") for split in run.splits]
    for part in ("visualizer", *parts):
        yield from walk(run.cfg.get(part), part)


RULES = (packages, decoders)
