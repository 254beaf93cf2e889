"""What the tools and the hook at mmengine's loading ask for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hrnet_mm.checkpoint import files
from hrnet_mm.checkpoint.convert import TARGETS, from_whole, to_whole
from hrnet_mm.checkpoint.metainfo import dataset_meta_of, note_on_names
from hrnet_mm.checkpoint.recognise import Recognised, find_weights, nets_in, recognise
from hrnet_mm.checkpoint.report import Report
from hrnet_mm.errors import CheckpointError, UserError
from hrnet_mm.version import __version__


def convert_file(source: str, target: Path, *, to: str) -> Report:
    """Convert a file of an HRNet to another layout; nothing is left of it if that fails.

    Args:
        source: Path or address of the file.
        target: The file to write, .pth or .safetensors.
        to: Its layout, one of `TARGETS`.

    Returns:
        What became of the weights.

    Raises:
        CheckpointError: The source is damaged, or no HRNet, or has no place in the layout.
        FileNotFoundError: There is no such file.
        UserError: The target's ending, or the layout, is none of the choices.
    """
    files.check_suffix(target)
    if to not in TARGETS:
        raise UserError(f"layout {to!r}: choose from {TARGETS}")
    content = files.read(source)
    try:
        found = recognise(find_weights(content))
        whole = to_whole(found)
        weights = from_whole(whole.weights, to)
    except CheckpointError as error:
        raise CheckpointError(f"Cannot convert {source}: {error}") from error
    report = Report(layout=found.layout.name, arch=found.arch_name)
    report.fates["unexpected"] += whole.dropped
    for name in whole.weights:
        if to == "trunk" and not name.startswith("backbone."):
            report.fates["dropped"].append(name)
        else:
            report.fates["converted" if name in whole.converted else "loaded"].append(name)
    report.add_reasons(whole.converted.values())
    meta = _meta(content, found, whole.weights)
    note = note_on_names(found.layout.name, whole.weights, known="dataset_meta" in meta)
    report.notes += [note] if note else []
    files.write(target, weights, meta=meta)
    return report


def opened(content: Any) -> Any:
    """Give the file of an HRNet the form of mmengine's checkpoints, which the toolboxes expect.

    Its weights come below "state_dict", and below "meta" the classes or keypoints where they are
    known. Any other file, and one that has that form, is returned as it is.
    """
    if not isinstance(content, Mapping) or {"state_dict", "meta"} <= content.keys():
        return content
    try:
        weights = find_weights(content)
        nets = nets_in(weights)
        found = recognise(weights) if len(nets) == 1 else None
    except CheckpointError:  # it is for others to say so, if they need an HRNet
        return content
    if not nets:
        return content
    nested = len(weights) < len(content) or not weights.keys() <= content.keys()
    official = found is not None and found.layout.official and found.others
    whole = to_whole(found).weights if found is not None and official else {}
    meta = _meta(content, found, whole)
    return {"state_dict": weights if nested else content, "meta": meta}


def _meta(
    content: Mapping[str, Any], found: Recognised | None, weights: Mapping[str, Any]
) -> dict[str, Any]:
    meta = dict(content["meta"]) if isinstance(content.get("meta"), Mapping) else {}
    meta["hrnet_mm"] = __version__
    if "dataset_meta" not in meta and found is not None:
        dataset_meta = dataset_meta_of(found.layout.name, weights)
        if dataset_meta is not None:
            meta["dataset_meta"] = dataset_meta
    return meta
