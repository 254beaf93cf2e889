"""The HRNet architectures: depths and widths of the four stages.

Sources: Wang et al. 2020 (arXiv 1908.07919), section 3 and appendix A; the W18-Small variants from
HRNet-Image-Classification, experiments/cls_hrnet_w18_small_v{1,2}*.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from hrnet_mm.errors import UserError

BlockKind = Literal["basic", "bottleneck"]
EXPANSION: dict[BlockKind, int] = {"basic": 1, "bottleneck": 4}

_BLOCK_OF_EXTRA: dict[str, BlockKind] = {"BASIC": "basic", "BOTTLENECK": "bottleneck"}
_STAGE_KEYS = {"num_modules", "num_branches", "block", "num_blocks", "num_channels"}


@dataclass(frozen=True, kw_only=True)
class StageArch:
    """One stage: a sequence of modules, each with residual blocks in every branch, then fusion.

    Attributes:
        modules: Number of modules.
        block: Kind of residual block.
        blocks: Number of residual blocks in each branch of a module.
        channels: Channels inside a block for each branch, before the block's expansion.
    """

    modules: int
    block: BlockKind
    blocks: tuple[int, ...]
    channels: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.block not in EXPANSION:
            raise UserError(f"block={self.block!r}: choose from {list(EXPANSION)}")
        valid = isinstance(self.blocks, tuple) and isinstance(self.channels, tuple)
        sizes = (self.modules, *self.blocks, *self.channels) if valid else ()
        valid = valid and len(self.blocks) == len(self.channels)
        if not valid or not all(isinstance(size, int) and size >= 1 for size in sizes):
            raise UserError(
                "a stage needs a positive integer for modules, and one for each branch in blocks "
                f"and in channels, as in (4, 4), not {self}"
            )

    @property
    def out_channels(self) -> tuple[int, ...]:
        """Channels of each branch, from the highest to the lowest resolution."""
        return tuple(channels * EXPANSION[self.block] for channels in self.channels)


@dataclass(frozen=True, kw_only=True)
class HRNetArch:
    """The four stages of an HRNet; stage i has i branches."""

    stage1: StageArch
    stage2: StageArch
    stage3: StageArch
    stage4: StageArch

    def __post_init__(self) -> None:
        for branches, field in enumerate(fields(self), start=1):
            stage = getattr(self, field.name)
            if len(stage.channels) != branches:
                raise UserError(f"{field.name} has {branches} branches, not {stage}")
        if self.stage1.modules != 1:
            raise UserError(f"stage1 has 1 module, not {self.stage1}")

    @classmethod
    def of_width(
        cls,
        width: int,
        *,
        stage1_channels: int = 64,
        stage1_blocks: int = 4,
        blocks: int = 4,
        modules: tuple[int, int, int] = (1, 4, 3),
    ) -> "HRNetArch":
        """Return the architecture with ``width * 2**i`` channels in branch i of stages 2 to 4.

        Args:
            width: Channels of the highest resolution, the number in the names W18 to W64.
            stage1_channels: Channels inside the bottlenecks of stage 1.
            stage1_blocks: Number of bottlenecks in stage 1.
            blocks: Number of basic blocks in each branch of a module.
            modules: Number of modules in stages 2, 3 and 4.
        """
        stage1 = StageArch(
            modules=1, block="bottleneck", blocks=(stage1_blocks,), channels=(stage1_channels,)
        )
        stage2, stage3, stage4 = (
            StageArch(
                modules=count,
                block="basic",
                blocks=(blocks,) * branches,
                channels=tuple(width * 2**i for i in range(branches)),
            )
            for branches, count in zip((2, 3, 4), modules, strict=True)
        )
        return cls(stage1=stage1, stage2=stage2, stage3=stage3, stage4=stage4)

    @classmethod
    def from_extra(cls, extra: Mapping[str, Any]) -> "HRNetArch":
        """Read the ``extra`` dict of an OpenMMLab HRNet config.

        ``upsample`` and ``stage4.multiscale_output`` are not part of the architecture; the backbone
        compares them with its own arguments.

        Raises:
            UserError: A key is missing or unknown, or a value does not fit the stage.
        """
        names = [field.name for field in fields(cls)]
        _check_keys(extra, name="extra", required=set(names), optional={"upsample"})
        return cls(**{name: _stage_from_extra(extra[name], name=name) for name in names})


def _stage_from_extra(stage: Mapping[str, Any], *, name: str) -> StageArch:
    optional = {"multiscale_output"} if name == "stage4" else set()
    _check_keys(stage, name=f"extra.{name}", required=_STAGE_KEYS, optional=optional)
    if stage["block"] not in (choices := list(_BLOCK_OF_EXTRA)):
        raise UserError(f"extra.{name}.block={stage['block']!r}: choose from {choices}")
    blocks, channels = (
        tuple(value) if isinstance(value, list) else value
        for value in (stage["num_blocks"], stage["num_channels"])
    )
    arch = StageArch(
        modules=stage["num_modules"],
        block=_BLOCK_OF_EXTRA[stage["block"]],
        blocks=blocks,
        channels=channels,
    )
    if stage["num_branches"] != len(channels):
        raise UserError(
            f"extra.{name}: num_branches={stage['num_branches']} but num_channels={channels}"
        )
    return arch


def _check_keys(value: Any, *, name: str, required: set[str], optional: set[str]) -> None:
    keys = set(value) if isinstance(value, Mapping) else set()
    if not required <= keys <= required | optional:
        raise UserError(
            f"{name}={value!r}: give a dict; missing keys: {sorted(required - keys)}, "
            f"unknown: {sorted(keys - required - optional)}, choices: {sorted(required | optional)}"
        )


ARCHS: dict[str, HRNetArch] = {
    # The width of "W18-Small-V1" is 16, not 18.
    "w18_small_v1": HRNetArch.of_width(
        16, stage1_channels=32, stage1_blocks=1, blocks=2, modules=(1, 1, 1)
    ),
    "w18_small_v2": HRNetArch.of_width(18, stage1_blocks=2, blocks=2, modules=(1, 3, 2)),
    **{f"w{width}": HRNetArch.of_width(width) for width in (18, 30, 32, 40, 44, 48, 64)},
}


def find_arch(arch: str | HRNetArch | Mapping[str, Any]) -> HRNetArch:
    """Return the architecture of that name or ``extra`` dict; an `HRNetArch` is returned as it is.

    Raises:
        UserError: The name is unknown, or the dict does not describe an architecture.
    """
    if isinstance(arch, HRNetArch):
        return arch
    if isinstance(arch, Mapping):
        return HRNetArch.from_extra(arch)
    if arch not in list(ARCHS):  # a list, since a value of the wrong type may not be hashable
        raise UserError(
            f"arch={arch!r}: choose from {list(ARCHS)}, or give an HRNetArch or an `extra` dict"
        )
    return ARCHS[arch]
