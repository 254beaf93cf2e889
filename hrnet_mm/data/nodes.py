"""Helpers that read nodes of a config: their type, options and children."""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

from mmengine.config import Config
from mmengine.registry import Registry

Nodes = Iterator[tuple[str, Mapping[str, Any]]]


def type_name(node: Any) -> str:
    """Return the bare name of a node's ``type``, a class or a name with or without a scope."""
    kind = node.get("type") if isinstance(node, Mapping) else None
    return kind.rpartition(".")[2] if isinstance(kind, str) else getattr(kind, "__name__", "")


def find_class(registry: Registry, node: Mapping[str, Any], *, scope: str) -> Any:
    """Look up the class of a node; None for a type that is not registered."""
    kind = node.get("type")
    if not isinstance(kind, str):
        return kind
    with registry.switch_scope_and_registry(scope) as scoped:
        return scoped.get(kind)


def option(node: Mapping[str, Any], name: str, *, cls: Any) -> Any:
    """Return an option of a node, or its default in the class; None if it has no default."""
    if name in node:
        return node[name]
    parameter = signature(cls).parameters.get(name) if callable(cls) else None
    return None if parameter is None or parameter.default is parameter.empty else parameter.default


def walk(node: Any, key: str) -> Nodes:
    """Yield a node and the nodes below it that are dicts, with their dotted keys."""
    if isinstance(node, Mapping):
        yield key, node
        for name, child in node.items():
            yield from walk(child, f"{key}.{name}")
    elif isinstance(node, (list, tuple)):
        for i, child in enumerate(node):
            yield from walk(child, f"{key}.{i}")


def each(node: Any, key: str) -> Nodes:
    """Yield a dict, or the dicts of a list, with their keys."""
    if isinstance(node, Mapping):
        yield key, node
    elif isinstance(node, (list, tuple)):
        for i, child in enumerate(node):
            yield from each(child, f"{key}.{i}")


def named(node: Any, key: str, *, names: tuple[str, ...]) -> Nodes:
    """Yield the dicts below ``node`` that have one of the names as their key."""
    for path, parent in walk(node, key):
        for name in names:
            yield from each(parent.get(name), f"{path}.{name}")


def preprocessor_of(cfg: Config) -> tuple[str, Mapping[str, Any]]:
    """Return the data preprocessor and its key; the model's own comes before the config's."""
    own = (cfg.get("model") or {}).get("data_preprocessor")
    if isinstance(own, Mapping):
        return "model.data_preprocessor", own
    return "data_preprocessor", cfg.get("data_preprocessor") or {}
