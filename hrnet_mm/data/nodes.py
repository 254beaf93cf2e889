"""Helpers that read nodes of a config: their type, options and children."""

from collections.abc import Iterator, Mapping
from typing import Any

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
