"""What is measured: the model of a config, on one batch, with weights drawn by chance."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.model import revert_sync_batchnorm
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from hrnet_mm.apis.configs import read_config
from hrnet_mm.apis.memory_format import set_memory_format
from hrnet_mm.apis.model import build_model
from hrnet_mm.benchmark.complexity import Size, config_input_size
from hrnet_mm.benchmark.speed.stock import stock_config, stock_weights
from hrnet_mm.deploy.detectors import detector_parts
from hrnet_mm.deploy.parts import Part, heatmaps_part, logits_part
from hrnet_mm.errors import UserError

_SEED = 0


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is measured; a few words, so that another process can measure it too.

    Attributes:
        config: Path of a config, or a name of the model zoo.
        cfg_options: Overrides of the config, by dotted key.
        device: As torch names it.
        batch: Number of images.
        input_size: Width and height; None for the config's.
        threads: On the CPU.
        folder: Where the weights and the graphs are.
    """

    config: str
    cfg_options: dict[str, Any] = field(default_factory=dict)
    device: str
    batch: int
    input_size: Size | None = None
    threads: int
    folder: Path

    @property
    def weights(self) -> Path:
        """The file of the weights that all have."""
        return self.folder / "weights.pth"

    @property
    def size(self) -> Size:
        """Width and height of the images."""
        return self.input_size or config_input_size(self.cfg(), option="--input-size")

    def cfg(self) -> Config:
        """Read the config.

        Raises:
            UserError: There is none, or it cannot be read.
        """
        return read_config(self.config, self.cfg_options)

    def images(self) -> Tensor:
        """Draw normalised images (N, 3, H, W), on the CPU."""
        width, height = self.size
        generator = torch.Generator().manual_seed(_SEED)
        return torch.randn(self.batch, 3, height, width, generator=generator)


def draw_weights(subject: Subject) -> None:
    """Write weights for all.

    The convolutions' are PyTorch's own of a new layer, and the norms have statistics and weights
    near one, so that activations neither vanish nor grow with depth.

    Raises:
        UserError: The config has no model that can be built.
    """
    torch.manual_seed(_SEED)
    model = build_model(subject.cfg())
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, _BatchNorm) and module.running_var is not None:
                assert module.running_mean is not None
                module.running_mean.normal_(std=0.1)
                module.running_var.uniform_(0.5, 1.5)
                if module.affine:
                    module.weight.uniform_(0.5, 1.5)
                    module.bias.normal_(std=0.1)
    torch.save(model.state_dict(), subject.weights)


def our_model(subject: Subject, *, memory_format: str = "contiguous", cfg: Any = None) -> Any:
    """Build the config's model, in eval mode on the device.

    Args:
        subject: What is measured.
        memory_format: Of the backbone, "auto", "channels_last" or "contiguous".
        cfg: The config; None to read it.
    """
    cfg = cfg or subject.cfg()
    set_memory_format(cfg, memory_format, device=subject.device)
    model = build_model(cfg)
    model.load_state_dict(torch.load(subject.weights, mmap=True))
    return _ready(model, subject)


def stock_model(subject: Subject) -> Any:
    """Build the same model with the toolbox's own HRNet and neck.

    Raises:
        UserError: There is no such model.
    """
    cfg = subject.cfg()
    model = build_model(stock_config(cfg))
    weights = stock_weights(torch.load(subject.weights, mmap=True), cfg)
    # mmpose's HRNet of one output has no more than ours; the others have layers that it lacks.
    found = model.load_state_dict(weights, strict=False)
    if found.unexpected_keys:
        raise UserError(
            f"{cfg.filename}: the toolbox's own HRNet has no {found.unexpected_keys[0]}"
        )
    return _ready(model, subject)


def _ready(model: Any, subject: Subject) -> Any:
    return revert_sync_batchnorm(model).to(subject.device).eval()


def part_of(model: Any, cfg: Config) -> Part:
    """Return what of a model is measured: all but what it does with its outputs.

    Of detectors it is the backbone with the neck.

    Raises:
        UserError: The config's toolbox is not known.
    """
    scope = cfg.get("default_scope")
    if scope == "mmpose":
        return heatmaps_part()
    if scope in ("mmseg", "mmpretrain"):
        return logits_part()
    if scope == "mmdet":
        return detector_parts(model, None)[0]
    raise UserError(f"{cfg.filename}: default_scope is {scope!r}, which is no toolbox of HRNet's")
