"""Rules about the heads of a model: their classes and the losses they are trained by."""

from collections.abc import Iterator, Mapping
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import Nodes, each, named, preprocessor_of, type_name
from hrnet_mm.data.run_config import RunConfig

_SOFTMAX = (
    "CrossEntropyLoss",
    "LabelSmoothLoss",
    "OhemCrossEntropy",
    "OhemCrossEntropyLoss",
    "LovaszLoss",
)


def one_class_softmax(run: RunConfig) -> Iterator[Finding]:
    """The softmax of one score is always 1: such a loss is 0 and trains nothing."""
    if "train" not in run.splits:
        return
    for key, head in _heads(run):
        outputs = _outputs(head)
        if run.scope == "mmdet" or outputs != 1:  # mmdet adds a class for the background
            continue
        option = "out_channels" if head.get("out_channels") == 1 else "num_classes"
        for path, loss in _losses(head, key, scope=run.scope):
            if _is_softmax(loss):
                yield Finding(
                    text=f"{key}.{option}=1: {path} ({type_name(loss)}) takes the softmax of one "
                    f"score, which is always 1, and trains nothing; {_MENDED[run.scope]}"
                )


_MENDED = {
    "mmseg": "set num_classes=2, background and the class, or num_classes=2 with out_channels=1 "
    "and use_sigmoid=True in the loss",
    "mmpretrain": "set num_classes=2, without and with, and label the images 0 and 1",
}


def class_weights(run: RunConfig) -> Iterator[Finding]:
    """There is a weight for each class."""
    if "train" not in run.splits:
        return
    for key, head in _heads(run):
        outputs = _outputs(head)
        for path, loss in _losses(head, key, scope=run.scope):
            weights = loss.get("class_weight")
            if outputs is None or not isinstance(weights, (list, tuple)):
                continue
            needed = outputs
            if run.scope == "mmdet" and _is_softmax(loss):
                needed = outputs + 1
            elif loss.get("use_sigmoid") and (len(weights) == 1 or run.scope == "mmseg"):
                continue  # one weight for all; mmseg lays them over the width of the maps
            if len(weights) != needed:
                background = " and the background, which comes last" if needed > outputs else ""
                yield Finding(
                    text=f"{path}.class_weight has {len(weights)} weights, but {key} has "
                    f"{outputs} classes{background}: give {needed}"
                )


def one_hot_labels(run: RunConfig) -> Iterator[Finding]:
    """Mixed images of mmpretrain get labels of as many classes as the head has."""
    if run.scope != "mmpretrain" or "train" not in run.splits:
        return
    path, preprocessor = preprocessor_of(run.cfg)
    train_cfg = (run.cfg.get("model") or {}).get("train_cfg") or {}
    mixes = preprocessor.get("batch_augments") or train_cfg.get("augments")
    given, head = preprocessor.get("num_classes"), num_classes_of(run)
    if mixes and given and head and given != head[1]:
        yield Finding(
            text=f"{path}.num_classes={given}, but {head[0]}={head[1]}: set both the same, for "
            "the labels of mixed images"
        )


def num_classes_of(run: RunConfig) -> tuple[str, int] | None:
    """Return the key and the number of classes of the first head that has one."""
    for key, head in _heads(run):
        if isinstance(head.get("num_classes"), int):
            return f"{key}.num_classes", head["num_classes"]
    return None


def _heads(run: RunConfig) -> Nodes:
    """Yield the heads that classify pixels, boxes or images."""
    names = _HEADS.get(run.scope, ())
    return named(run.cfg.get("model"), "model", names=names)


_HEADS = {
    "mmseg": ("decode_head", "auxiliary_head"),
    "mmdet": ("bbox_head",),
    "mmpretrain": ("head",),
}


def _losses(head: Mapping[str, Any], key: str, *, scope: str) -> Nodes:
    """Yield the losses that compare the scores of all classes, the default one too."""
    name = {"mmseg": "loss_decode", "mmdet": "loss_cls"}.get(scope, "loss")
    if name in head:
        if type_name(head) != "SideAdapterCLIPHead":  # it adds a class for "no object"
            yield from each(head[name], f"{key}.{name}")
    elif type_name(head) in _DEFAULT_SOFTMAX:
        yield f"{key}.{name}", {"type": "CrossEntropyLoss"}


_DEFAULT_SOFTMAX = (
    "LinearClsHead",
    "StackedLinearClsHead",
    "FCNHead",
    "OCRHead",
    "PSPHead",
    "ASPPHead",
    "DepthwiseSeparableASPPHead",
    "UPerHead",
)


def _outputs(head: Mapping[str, Any]) -> int | None:
    outputs = head.get("out_channels") or head.get("num_classes")
    return outputs if isinstance(outputs, int) else None


def _is_softmax(loss: Mapping[str, Any]) -> bool:
    if type_name(loss) == "LabelSmoothLoss":
        return loss.get("mode") != "multi_label" and not loss.get("use_sigmoid")
    others = loss.get("use_sigmoid") or loss.get("use_mask") or loss.get("loss_type") == "binary"
    return type_name(loss) in _SOFTMAX and not others


RULES = (one_class_softmax, class_weights, one_hot_labels)
