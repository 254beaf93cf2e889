"""Rules about packages that a config needs and that are not installed."""

from collections.abc import Iterator
from importlib.util import find_spec

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import Nodes, type_name, walk
from hrnet_mm.data.run_config import RunConfig

# The module that a class imports when built or first used, and its name for pip.
_OF_CLASS = {
    "TensorboardVisBackend": ("tensorboard", "tensorboard"),
    "WandbVisBackend": ("wandb", "wandb"),
    "MLflowVisBackend": ("mlflow", "mlflow"),
    "ClearMLVisBackend": ("clearml", "clearml"),
    "NeptuneVisBackend": ("neptune", "neptune"),
    "DVCLiveVisBackend": ("dvclive", "dvclive"),
    "AimVisBackend": ("aim", "aim"),
    "Albu": ("albumentations", "albumentations"),
    "Albumentation": ("albumentations", "albumentations"),
    "Albumentations": ("albumentations", "albumentations"),
    "Corrupt": ("imagecorruptions", "imagecorruptions"),
    "InstaBoost": ("instaboostfast", "instaboostfast"),
    "LoadPanopticAnnotations": (
        "panopticapi",
        "git+https://github.com/cocodataset/panopticapi.git",
    ),
    "LoadSingleRSImageFromFile": ("osgeo", "GDAL"),
    "LoadMultipleRSImageFromFile": ("osgeo", "GDAL"),
    "CityScapesMetric": ("cityscapesscripts", "cityscapesscripts"),
    "CityscapesMetric": ("cityscapesscripts", "cityscapesscripts"),
    "CocoPanopticMetric": ("panopticapi", "git+https://github.com/cocodataset/panopticapi.git"),
    "LVISMetric": ("lvis", "lvis"),
    "LVISV05Dataset": ("lvis", "lvis"),
    "LVISV1Dataset": ("lvis", "lvis"),
}
# mmcv's imdecode_backend, and mmengine's backend of backend_args.
_OF_DECODER = {"turbojpeg": ("turbojpeg", "PyTurboJPEG"), "tifffile": ("tifffile", "tifffile")}
_OF_STORAGE = {"lmdb": ("lmdb", "lmdb")}
_DECODERS = ("cv2", "pillow", *_OF_DECODER)


def packages(run: RunConfig) -> Iterator[Finding]:
    """Packages that visualizers, decoders, transforms or metrics need are installed."""
    for key, name, (module, package) in _needed(run):
        if find_spec(module) is None:
            yield Finding(
                text=f"{key}={name!r} needs the package {module}, which is not installed: "
                f"pip install {package}"
            )


def decoders(run: RunConfig) -> Iterator[Finding]:
    """``imdecode_backend`` is one of mmcv's."""
    for key, node in _nodes(run):
        name = node.get("imdecode_backend")
        if isinstance(name, str) and name not in _DECODERS:
            yield Finding(text=f"{key}.imdecode_backend={name!r}: choose from {_DECODERS}")


def _needed(run: RunConfig) -> Iterator[tuple[str, str, tuple[str, str]]]:
    for key, node in _nodes(run):
        name = type_name(node)
        if name in _OF_CLASS:
            yield f"{key}.type", name, _OF_CLASS[name]
        for option, table in (("imdecode_backend", _OF_DECODER), ("backend", _OF_STORAGE)):
            value = node.get(option)
            if isinstance(value, str) and value in table:
                yield f"{key}.{option}", value, table[value]


def _nodes(run: RunConfig) -> Nodes:
    for part in ("visualizer", *(f"{split}_dataloader" for split in run.splits)):
        yield from walk(run.cfg.get(part), part)
    for split in run.splits:
        yield from walk(run.cfg.get(f"{split}_evaluator"), f"{split}_evaluator")


RULES = (packages, decoders)
