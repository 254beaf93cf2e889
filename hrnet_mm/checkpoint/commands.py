"""Converts files of HRNet weights, for the command line and for mmengine's loading."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.runner.checkpoint import CheckpointLoader

from hrnet_mm.checkpoint import files
from hrnet_mm.checkpoint.convert import from_canonical, to_canonical
from hrnet_mm.checkpoint.metainfo import dataset_meta_of, notes_on_names
from hrnet_mm.checkpoint.recognise import (
    BACKBONE,
    FoundHRNet,
    find_weights,
    hrnet_prefixes,
    recognise,
)
from hrnet_mm.checkpoint.report import Report
from hrnet_mm.errors import CheckpointError
from hrnet_mm.version import __version__
from hrnet_mm.whole_file import check_writable


def convert_file(source: str, target: Path, *, to: str) -> Report:
    """Convert a file of an HRNet to another layout; nothing is left of it if that fails.

    Args:
        source: Path or address of the file.
        target: The file to write, .pth or .safetensors.
        to: Its layout, one of `TARGETS`.

    Returns:
        What was loaded, converted or left out.

    Raises:
        CheckpointError: The source is damaged, or no HRNet, or has no place in the layout.
        FileNotFoundError: There is no such file.
        OSError: The target cannot be written.
        UserError: The target's ending, or the layout, is none of the choices.
    """
    files.check_suffix(target)
    check_writable(target)
    content = CheckpointLoader.load_checkpoint(source, map_location="cpu", logger="silent")
    try:
        found = recognise(find_weights(content))
        canonical = to_canonical(found)
        weights = from_canonical(canonical.weights, to)
    except CheckpointError as error:
        raise CheckpointError(f"Cannot convert {source}: {error}") from error
    report = Report(layout=found.layout.name, arch=found.arch_name)
    report.outcomes["unexpected"] += canonical.dropped
    for name in canonical.weights:
        if to == "backbone" and not name.startswith(BACKBONE):
            report.outcomes["dropped"].append(name)
        else:
            report.outcomes["converted" if name in canonical.converted else "loaded"].append(name)
    report.add_reasons(canonical.converted.values())
    meta = _meta(content, found, canonical.weights)
    known = "dataset_meta" in meta
    report.notes += notes_on_names(found.layout.name, canonical.weights, known=known)
    files.write(target, weights, meta=meta)
    return report


def as_mmengine_checkpoint(content: Any) -> Any:
    """Give the file of an HRNet the form of mmengine's checkpoints, which the toolboxes expect.

    Its weights come below "state_dict", and below "meta" the classes or keypoints where they are
    known. Any other file, and one that has that form, is returned as it is.
    """
    if not isinstance(content, Mapping) or {"state_dict", "meta"} <= content.keys():
        return content
    try:
        weights = find_weights(content)
        hrnets = hrnet_prefixes(weights)
        found = recognise(weights) if len(hrnets) == 1 else None
        has_head = found is not None and found.layout.official and found.others
        head = to_canonical(found).weights if found and has_head else {}
    except CheckpointError:  # raised again where an HRNet is needed
        return content
    if not hrnets:
        return content
    meta = _meta(content, found, head)
    nested = len(weights) < len(content) or not weights.keys() <= content.keys()
    return {"state_dict": weights if nested else content, "meta": meta}


def _meta(
    content: Mapping[str, Any], found: FoundHRNet | None, weights: Mapping[str, Any]
) -> dict[str, Any]:
    meta = dict(content["meta"]) if isinstance(content.get("meta"), Mapping) else {}
    meta["hrnet_mm"] = __version__
    if "dataset_meta" not in meta and found is not None:
        dataset_meta = dataset_meta_of(found.layout.name, weights)
        if dataset_meta is not None:
            meta["dataset_meta"] = dataset_meta
    return meta
