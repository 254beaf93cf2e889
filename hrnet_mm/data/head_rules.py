"""Rules about the heads of a model: their classes and losses."""

from collections.abc import Iterator, Mapping
from typing import Any

from hrnet_mm.data.findings import Finding
from hrnet_mm.data.nodes import Nodes, each, type_name, walk
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
    for key, head in heads(run):
        outputs = _outputs(head)
        if run.scope == "mmdet" or outputs != 1:  # mmdet adds a class for the background
            continue
        option = "out_channels" if head.get("out_channels") == 1 else "num_classes"
        for path, loss in _losses(head, key, scope=run.scope):
            if _is_softmax(loss):
                yield Finding(
                    text=f"{key}.{option}=1: {path} ({type_name(loss)}) takes the softmax of one "
                    f"score, which is always 1, and trains nothing; {_ADVICE[run.scope]}"
                )


_ADVICE = {
    "mmseg": "set num_classes=2, background and the class, or num_classes=2 with out_channels=1 "
    "and use_sigmoid=True in the loss",
    "mmpretrain": "set num_classes=2, without and with, and label the images 0 and 1",
}


def class_weights(run: RunConfig) -> Iterator[Finding]:
    """There is a weight for each class."""
    if "train" not in run.splits:
        return
    for key, head in heads(run):
        outputs = _outputs(head)
        for path, loss in _losses(head, key, scope=run.scope):
            weights = loss.get("class_weight")
            if outputs is None or not isinstance(weights, (list, tuple)):
                continue
            needed = outputs
            if run.scope == "mmdet" and _is_softmax(loss):
                needed = outputs + 1
            elif loss.get("use_sigmoid") and (len(weights) == 1 or run.scope == "mmseg"):
                continue  # one weight for all; mmseg broadcasts them along the width of the scores
            if len(weights) != needed:
                background = " and the background, which comes last" if needed > outputs else ""
                yield Finding(
                    text=f"{path}.class_weight has {len(weights)} weights, but {key} has "
                    f"{outputs} classes{background}: give {needed}"
                )


def one_hot_labels(run: RunConfig) -> Iterator[Finding]:
    """One-hot labels of mixed images (Mixup, CutMix) have as many classes as the head."""
    if run.scope != "mmpretrain" or "train" not in run.splits:
        return
    path, preprocessor = run.preprocessor
    train_cfg = run.model.get("train_cfg") or {}
    mixes = preprocessor.get("batch_augments") or train_cfg.get("augments")
    given, head = preprocessor.get("num_classes"), num_classes_of(run)
    if mixes and given and head and given != head[1]:
        yield Finding(
            text=f"{path}.num_classes={given}, but {head[0]}={head[1]}: set both the same, for "
            "the labels of mixed images"
        )


def decode_inputs(run: RunConfig) -> Iterator[Finding]:
    """A head of mmseg takes one feature map, or several that it concatenates or sums."""
    if run.scope != "mmseg":
        return
    for key, head in heads(run):
        if type_name(head) not in _PLAIN_DECODERS or "in_channels" not in head:
            continue
        channels, index = head["in_channels"], head.get("in_index", -1)
        several = [isinstance(value, (list, tuple)) for value in (channels, index)]
        shown = f"{key} ({type_name(head)}) has in_channels={channels} and in_index={index}"
        if head.get("input_transform") is None:
            if any(several):
                yield Finding(
                    text=f"{shown}: give one number in both, or input_transform='resize_concat' "
                    "and as many in both"
                )
            elif (
                type_name(head) == "FCNHead"
                and head.get("num_convs", 2) == 0
                and head.get("channels", channels) != channels
            ):
                yield Finding(
                    text=f"{key} (FCNHead) has num_convs=0, in_channels={channels} and channels="
                    f"{head['channels']}: without convolutions, give the neck's channels in both"
                )
        elif not all(several) or len(channels) != len(index):
            yield Finding(
                text=f"{shown} for input_transform={head['input_transform']!r}: give a list of as "
                "many numbers in both"
            )


def stages(run: RunConfig) -> Iterator[Finding]:
    """A CascadeEncoderDecoder has as many heads as stages; an EncoderDecoder has one."""
    model = run.model
    head, kind = model.get("decode_head"), type_name(model)
    count = len(head) if isinstance(head, (list, tuple)) else 1
    if kind == "CascadeEncoderDecoder" and count != model.get("num_stages", count):
        yield Finding(
            text=f"model.num_stages={model['num_stages']}, but model.decode_head has {count} "
            "heads: give one for each stage"
        )
    elif kind == "EncoderDecoder" and isinstance(head, (list, tuple)):
        yield Finding(
            text=f"model.decode_head has {count} heads, but model.type='EncoderDecoder' takes one: "
            f"set type='CascadeEncoderDecoder' and num_stages={count}"
        )


def proposals(run: RunConfig) -> Iterator[Finding]:
    """The RPN of mmdet has one class: object or not."""
    for key, head in _named(run, "rpn_head"):
        classes = head.get("num_classes", 1)
        if type_name(head) == "RPNHead" and classes != 1:
            yield Finding(
                text=f"{key}.num_classes={classes}: leave it out, as proposals have no classes; "
                "those of the objects are num_classes of the bbox_head"
            )


def num_classes_of(run: RunConfig) -> tuple[str, int] | None:
    """Return the key and the number of classes of the first head that has one."""
    for key, head in heads(run):
        if isinstance(head.get("num_classes"), int):
            return f"{key}.num_classes", head["num_classes"]
    return None


def heads(run: RunConfig) -> Nodes:
    """Yield the heads that classify pixels, boxes or images, with their keys."""
    return _named(run, *_HEADS.get(run.scope, ()))


def _named(run: RunConfig, *names: str) -> Nodes:
    """Yield the parts of the model that have one of the names."""
    for key, node in walk(run.model, "model"):
        for name in names:
            yield from each(node.get(name), f"{key}.{name}")


_HEADS = {
    "mmseg": ("decode_head", "auxiliary_head"),
    "mmdet": ("bbox_head",),
    "mmpretrain": ("head",),
}


def _losses(head: Mapping[str, Any], key: str, *, scope: str) -> Nodes:
    """Yield the classification losses, also those that are the class's default."""
    name = {"mmseg": "loss_decode", "mmdet": "loss_cls"}.get(scope, "loss")
    if name in head:
        if type_name(head) != "SideAdapterCLIPHead":  # it adds a class for "no object"
            yield from each(head[name], f"{key}.{name}")
    elif type_name(head) in _DEFAULT_SOFTMAX:
        yield f"{key}.{name}", {"type": "CrossEntropyLoss"}


_PLAIN_DECODERS = ("FCNHead", "OCRHead", "PSPHead", "ASPPHead", "DepthwiseSeparableASPPHead")
_DEFAULT_SOFTMAX = ("LinearClsHead", "StackedLinearClsHead", "UPerHead", *_PLAIN_DECODERS)


def _outputs(head: Mapping[str, Any]) -> int | None:
    outputs = head.get("out_channels") or head.get("num_classes")
    return outputs if isinstance(outputs, int) else None


def _is_softmax(loss: Mapping[str, Any]) -> bool:
    if type_name(loss) == "LabelSmoothLoss":
        return loss.get("mode") != "multi_label" and not loss.get("use_sigmoid")
    others = loss.get("use_sigmoid") or loss.get("use_mask") or loss.get("loss_type") == "binary"
    return type_name(loss) in _SOFTMAX and not others


RULES = (one_class_softmax, class_weights, one_hot_labels, decode_inputs, stages, proposals)
