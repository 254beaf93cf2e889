"""The child registries of hrnet_mm, and a decorator that registers a class there and in the root.

The child makes ``type='hrnet_mm.HRNetBackbone'`` work from any toolbox with no import line, for
mmengine imports ``<scope>.registry`` when it sees the prefix. The root makes the bare name work in
every toolbox once hrnet_mm is imported, since a toolbox looks it up in itself, then in the root.
"""

from collections.abc import Callable
from typing import TypeVar

from mmengine import registry as root
from mmengine.registry import Registry

SCOPE = "hrnet_mm"

MODELS = Registry("model", parent=root.MODELS, scope=SCOPE, locations=["hrnet_mm.models"])
HOOKS = Registry("hook", parent=root.HOOKS, scope=SCOPE, locations=["hrnet_mm.hooks"])
TRANSFORMS = Registry(
    "transform",
    parent=root.TRANSFORMS,
    scope=SCOPE,
    locations=["hrnet_mm.transforms"],
)

Class = TypeVar("Class", bound=type)


def register(registry: Registry) -> Callable[[Class], Class]:
    """Return a decorator that registers a class in ``registry`` and in its root."""

    def decorate(cls: Class) -> Class:
        assert registry.parent is not None, registry
        registry.register_module(module=cls)
        registry.parent.register_module(module=cls)
        return cls

    return decorate
