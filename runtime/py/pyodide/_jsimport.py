"""How does Python import a JavaScript object as a module?"""

import sys
from _frozen_importlib import ModuleSpec

from _pyodide_core import JsProxy

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

_modules: "dict[str, JsProxy]" = {}


def register_js_module(name: str, jsproxy: "Any") -> None:
    """Let Python import a JavaScript object as the module ``name``.

    Raises:
        TypeError: The name is no string, or the object is no JsProxy.
    """
    if not isinstance(name, str):
        raise TypeError(f"Argument 'name' must be a str, not {type(name).__name__!r}")
    if not isinstance(jsproxy, JsProxy):
        raise TypeError(f"Argument 'jsproxy' must be a JsProxy, not {type(jsproxy).__name__!r}")
    _modules[name] = jsproxy


def unregister_js_module(name: str) -> None:
    """Undo ``register_js_module``. A module that was imported stays in ``sys.modules``.

    Raises:
        ValueError: There is no such module.
    """
    if name not in _modules:
        raise ValueError(
            f"Cannot unregister {name!r}: no Javascript module with that name is registered"
        )
    del _modules[name]


class _Loader:
    def __init__(self, module: JsProxy) -> None:
        self.module = module

    def create_module(self, _spec: ModuleSpec) -> JsProxy:
        return self.module

    def exec_module(self, module: "Any") -> None:
        if not hasattr(module, "__all__"):
            module.__all__ = [name for name in module.object_keys() if name[:1] != "_"]


class _Finder:
    """Finds registered objects, and objects that are properties of a JavaScript module."""

    @staticmethod
    def find_spec(name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        parent, _, child = name.rpartition(".")
        if not parent:
            return _spec(name, _modules[name]) if name in _modules else None
        parent_module = sys.modules.get(parent)
        if not isinstance(parent_module, JsProxy):
            return None
        value = getattr(parent_module, child, None)
        if not isinstance(value, JsProxy):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return _spec(name, value)


def _spec(name: str, module: JsProxy) -> ModuleSpec:
    return ModuleSpec(name, _Loader(module), origin="javascript", is_package=True)  # type: ignore[arg-type]


def install(name: str, module: "Any") -> None:
    """Make a JavaScript object the module ``name``, and its properties importable from it."""
    module.__name__ = name
    module.__spec__ = _spec(name, module)
    module.__path__ = []
    sys.modules[name] = module


sys.meta_path.append(_Finder)
