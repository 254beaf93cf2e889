"""Builds a config's model, with a checkpoint's weights and the names of what it predicts."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DATASETS, MODELS, init_default_scope
from mmengine.runner import load_checkpoint

from hrnet_mm.apis.configs import tested_dataset
from hrnet_mm.data.nodes import find_class
from hrnet_mm.errors import CheckpointError, UserError

TASKS = {"mmpose": "pose", "mmseg": "seg", "mmdet": "det", "mmpretrain": "cls"}  # by toolbox


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model that is ready to predict.

    Attributes:
        network: The toolbox's model, in eval mode.
        cfg: Its config.
        meta: The toolbox's description of the data: classes and palette, or keypoints.
        task: One of `TASKS`.
    """

    network: Any
    cfg: Config
    meta: Mapping[str, Any]
    task: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; those of keypoints for poses."""
        if self.task == "pose":
            names = self.meta["keypoint_id2name"]
            return tuple(names[number] for number in sorted(names))
        return tuple(self.meta["classes"])


def build_model(cfg: Config) -> Any:
    """Build a config's model, without weights.

    Raises:
        UserError: The config has no model, or its toolbox is not known.
    """
    scope = cfg.get("default_scope")
    if "model" not in cfg or scope is None:
        raise UserError(f"{cfg.filename} has no model and default_scope; give a complete config")
    init_default_scope(scope)
    described = copy.deepcopy(cfg.model)  # builders change their argument
    inner = described.get("module", described)  # of a model for test-time augmentation
    if "data_preprocessor" in cfg:  # where mmpretrain has it
        inner.setdefault("data_preprocessor", copy.deepcopy(cfg.data_preprocessor))
    return MODELS.build(described)


def load_model(cfg: Config, checkpoint: str, *, device: torch.device) -> LoadedModel:
    """Build a config's model and load a checkpoint.

    Args:
        cfg: A whole config.
        checkpoint: Path or address of the weights.
        device: Where it runs.

    Raises:
        UserError: The config has no such model, or no names are known.
        CheckpointError: The file is no checkpoint of the model.
        FileNotFoundError: There is no such file.
    """
    task = TASKS.get(cfg.get("default_scope", ""))
    if task is None:
        raise UserError(
            f"{cfg.filename}: default_scope is {cfg.get('default_scope')!r}; choose from "
            f"{', '.join(TASKS)}"
        )
    network = build_model(cfg)
    content = load_checkpoint(network, checkpoint, map_location="cpu", logger="silent")
    _check_complete(network, content.get("state_dict", content), checkpoint=checkpoint)
    network.to(device).eval()
    meta = _dataset_meta(content.get("meta") or {}, cfg, task=task, checkpoint=checkpoint)
    return LoadedModel(network=network, cfg=cfg, meta=meta, task=task)


def _check_complete(network: Any, weights: Mapping[str, Any], *, checkpoint: str) -> None:
    """Refuse to predict with weights of chance."""
    model = getattr(network, "module", network)  # below a model for test-time augmentation
    counters = "num_batches_tracked"  # of norms, absent in old files and without effect here
    found = {n.removeprefix("module."): weight for n, weight in weights.items()}  # as mmengine
    wanted = {n: weight for n, weight in model.state_dict().items() if not n.endswith(counters)}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise CheckpointError(
            f"{checkpoint} lacks {len(missing)} weights of the model, such as {missing[0]}; give a "
            "checkpoint that was trained with this config"
        )
    # Backbones with such a hook, such as ViT, resize weights; those of mmpose's heads rename them.
    hooked = [n for n, module in model.named_modules() if module._load_state_dict_pre_hooks]
    resized = tuple(name for name in hooked if name.startswith("backbone"))
    for name, weight in wanted.items():
        is_left_out = found[name].shape != weight.shape  # by mmengine
        if is_left_out and not name.startswith(resized):
            raise CheckpointError(
                f"{checkpoint}: {name} has the shape {tuple(found[name].shape)}, that of the model "
                f"{tuple(weight.shape)}; give a checkpoint that was trained with this config"
            )


def slide_over(cfg: Config, *, side: int, stride: int) -> None:
    """Let a segmentation model see an image in its own size, through windows.

    Args:
        cfg: The config, which is changed.
        side: Side of the square windows, in pixels.
        stride: Distance between windows, in pixels.

    Raises:
        UserError: It is no segmentation model, or the numbers do not fit.
    """
    if cfg.get("default_scope") != "mmseg":
        raise UserError(f"--slide: {cfg.filename} is no segmentation model")
    if not 0 < stride <= side:
        raise UserError(f"--slide {side} {stride}: give a side and a stride, of 1 to the side")
    cfg.model.test_cfg = dict(mode="slide", crop_size=(side, side), stride=(stride, stride))
    dataset = tested_dataset(cfg)
    dataset.pipeline = [step for step in dataset.pipeline if step["type"] != "Resize"]


def usable_device(name: str | None) -> torch.device:
    """Return a device on which tensors can be made; by default the first GPU, or the CPU.

    Raises:
        UserError: There is no such device.
    """
    if name is None:
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # by kind of device
        reason = str(error).strip().splitlines()[0]
        raise UserError(f"device {name!r} cannot be used: {reason}") from error


def _dataset_meta(
    meta: Mapping[str, Any], cfg: Config, *, task: str, checkpoint: str
) -> dict[str, Any]:
    """Return the description of the data: the checkpoint's own, else the config's."""
    stored = meta.get("dataset_meta")
    if stored is None and "CLASSES" in meta:  # OpenMMLab's files from before 2023
        stored = {key: meta[key] for key in ("CLASSES", "PALETTE") if meta.get(key)}
    found = {key.lower(): value for key, value in stored.items()} if stored else None
    needed = "keypoint_id2name" if task == "pose" else "classes"
    for described in (found, _meta_of_config(cfg, task=task)):
        if described and described.get(needed):
            return dict(described)
    raise UserError(
        f"what {checkpoint} predicts has no names: neither it nor the dataset of {cfg.filename} "
        "has them; add metainfo=dict(classes=...) to the config's test_dataloader.dataset"
    )


def _meta_of_config(cfg: Config, *, task: str) -> dict[str, Any] | None:
    dataset = (cfg.get("test_dataloader") or {}).get("dataset")
    if dataset is None:
        return None
    if task == "pose":
        from mmpose.apis.inference import dataset_meta_from_config

        return dataset_meta_from_config(cfg, dataset_mode="test")
    own = dict(dataset.get("metainfo") or {})
    if dataset.get("classes"):  # mmpretrain's argument
        own["classes"] = dataset["classes"]
    cls = find_class(DATASETS, dataset, scope=cfg.default_scope)
    return {**getattr(cls, "METAINFO", {}), **own}
