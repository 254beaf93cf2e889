"""Which HRNets there are: the depths and widths of the four stages.

Sources: Wang et al. 2020 (arXiv 1908.07919), section 3 and appendix A; the W18-Small variants from
HRNet-Image-Classification, experiments/cls_hrnet_w18_small_v{1,2}*.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from hrnet_mm.errors import UserError

BlockKind = Literal["basic", "bottleneck"]
EXPANSION: dict[BlockKind, int] = {"basic": 1, "bottleneck": 4}

_BLOCK_OF_EXTRA: dict[str, BlockKind] = {"BASIC": "basic", "BOTTLENECK": "bottleneck"}
_STAGE_KEYS = {"num_modules", "num_branches", "block", "num_blocks", "num_channels"}


@dataclass(frozen=True, kw_only=True)
class StageArch:
    """One stage: ``modules`` times (residual blocks in each branch, then fusion of the branches).

    Attributes:
        modules: How many fusion modules follow one another.
        block: The kind of residual block.
        blocks: Residual blocks of a module, for each branch.
        channels: Channels inside a block, for each branch, before the block's expansion.
    """

    modules: int
    block: BlockKind
    blocks: tuple[int, ...]
    channels: tuple[int, ...]

    def __post_init__(self) -> None:
        sizes = (self.modules, *_as_tuple(self.blocks), *_as_tuple(self.channels))
        whole = all(isinstance(size, int) and size >= 1 for size in sizes)
        if not whole or len(self.blocks) != len(self.channels):
            raise UserError(
                "a stage needs whole numbers of 1 or more: modules, and blocks and channels for "
                f"each branch, not {self}"
            )
        if self.block not in list(EXPANSION):
            raise UserError(f"block={self.block!r}: choose from {sorted(EXPANSION)}")

    @property
    def out_channels(self) -> tuple[int, ...]:
        """Channels of each branch, from the highest to the lowest resolution."""
        return tuple(channels * EXPANSION[self.block] for channels in self.channels)


@dataclass(frozen=True, kw_only=True)
class HRNetArch:
    """The four stages of one HRNet; stage i has i branches."""

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
            raise UserError(f"stage1 is one chain of blocks, so 1 module, not {self.stage1}")

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
        """Describe the net whose branch i of stages 2 to 4 has ``width * 2**i`` channels.

        Args:
            width: Channels of the highest resolution, the number in the names W18 to W64.
            stage1_channels: Channels inside the bottlenecks of stage 1.
            stage1_blocks: Bottlenecks of stage 1.
            blocks: Basic blocks of each branch in each module.
            modules: Fusion modules of stages 2, 3 and 4.
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

        Its ``upsample`` and ``stage4.multiscale_output`` are no part of an architecture; the
        backbone compares them with its own arguments.

        Raises:
            UserError: A key is missing or unknown, or a value does not fit the stage.
        """
        names = [field.name for field in fields(cls)]
        _check_keys(extra, name="extra", required=set(names), optional={"upsample"})
        return cls(**{name: _stage_from_extra(extra[name], name=name) for name in names})


def _stage_from_extra(stage: Mapping[str, Any], *, name: str) -> StageArch:
    optional = {"multiscale_output"} if name == "stage4" else set()
    _check_keys(stage, name=f"extra.{name}", required=_STAGE_KEYS, optional=optional)
    if stage["block"] not in list(_BLOCK_OF_EXTRA):
        raise UserError(
            f"extra.{name}.block={stage['block']!r}: choose from {sorted(_BLOCK_OF_EXTRA)}"
        )
    channels = _as_tuple(stage["num_channels"])
    if stage["num_branches"] != len(channels):
        raise UserError(
            f"extra.{name}: num_branches={stage['num_branches']} does not fit "
            f"num_channels={stage['num_channels']}"
        )
    return StageArch(
        modules=stage["num_modules"],
        block=_BLOCK_OF_EXTRA[stage["block"]],
        blocks=_as_tuple(stage["num_blocks"]),
        channels=channels,
    )


def _as_tuple(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise UserError(f"{value!r}: give one number for each branch, as in (4, 4)")
    return tuple(value)


def _check_keys(value: Any, *, name: str, required: set[str], optional: set[str]) -> None:
    if not isinstance(value, Mapping):
        raise UserError(f"{name}={value!r}: give a dict with the keys {sorted(required)}")
    missing, unknown = required - value.keys(), value.keys() - required - optional
    if missing or unknown:
        raise UserError(
            f"{name} has the keys {sorted(value)}; missing: {sorted(missing)}, "
            f"unknown: {sorted(unknown)}, choices: {sorted(required | optional)}"
        )


ARCHS: dict[str, HRNetArch] = {
    # "W18" is nominal here: the widths are 16 to 128.
    "w18_small_v1": HRNetArch.of_width(
        16, stage1_channels=32, stage1_blocks=1, blocks=2, modules=(1, 1, 1)
    ),
    "w18_small_v2": HRNetArch.of_width(18, stage1_blocks=2, blocks=2, modules=(1, 3, 2)),
    **{f"w{width}": HRNetArch.of_width(width) for width in (18, 30, 32, 40, 44, 48, 64)},
}


def find_arch(arch: str | HRNetArch | Mapping[str, Any]) -> HRNetArch:
    """Return the architecture of that name, that ``extra`` dict, or the given one itself.

    Raises:
        UserError: There is none of that name, or the dict does not describe one.
    """
    if isinstance(arch, HRNetArch):
        return arch
    if isinstance(arch, Mapping):
        return HRNetArch.from_extra(arch)
    if arch not in list(ARCHS):  # a list, for it may be anything, hashable or not
        raise UserError(
            f"arch={arch!r}: choose from {list(ARCHS)}, or give an HRNetArch or an `extra` dict"
        )
    return ARCHS[arch]
