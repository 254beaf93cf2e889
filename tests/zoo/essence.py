"""What of a config changes a run: for comparing ours with the toolboxes' own."""

import inspect
from collections.abc import Sequence
from typing import Any

from mmengine.registry import Registry


class Essence:
    """Drops what does not change a run.

    That is: arguments that equal the default of their class, as found in a toolbox's registries,
    how files are opened, and a final slash.
    """

    def __init__(self, *registries: Registry) -> None:
        self.registries: Sequence[Registry] = registries

    def __call__(self, node: Any) -> Any:
        """Return a part of a config without what does not change a run."""
        if isinstance(node, (list, tuple)):
            return [self(item) for item in node]
        if isinstance(node, str):
            return node.rstrip("/")
        if not isinstance(node, dict):
            return node
        defaults = self.defaults_of(node["type"]) if isinstance(node.get("type"), str) else {}
        kept = {k: self(v) for k, v in node.items() if k not in ("_scope_", "backend_args")}
        return {k: v for k, v in kept.items() if k not in defaults or self(defaults[k]) != v}

    def defaults_of(self, name: str) -> dict[str, Any]:
        """Find the defaults of a class's arguments, those that its bases take included."""
        found = next((r.get(name) for r in self.registries if r.get(name)), None)
        defaults: dict[str, Any] = {}
        for cls in reversed(inspect.getmro(found)) if inspect.isclass(found) else ():
            for key, parameter in inspect.signature(cls.__init__).parameters.items():
                if parameter.default is not inspect.Parameter.empty:
                    defaults[key] = parameter.default
        return defaults
