"""What does the runtime do in Python for both versions of the API?"""

import sys
from importlib import import_module
from importlib.util import find_spec

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.machinery import ModuleSpec
    from typing import Any

loader: "Any" = None
"""The loader of conda packages (loader/src/loader.ts), for micropip; runtime/js sets it."""


def missing(names: "Iterable[str]") -> list[str]:
    """The modules that Python does not find, sorted."""
    return sorted(filter(_is_missing, names))


def _is_missing(name: str) -> bool:
    try:
        return name not in sys.modules and find_spec(name) is None
    except (ImportError, ValueError):  # a program may have its own find_imports
        return True


# Standard output is not a terminal, but its function expects each line at once.
sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


# Module of the standard library -> module of this package that fits it to JavaScript. Most programs
# import none of them.
_ADAPTERS = {
    "asyncio": "pyodide.webloop",
    "urllib.request": "pyodide._urllib",
    "webbrowser": "pyodide._webbrowser",
}


class _AdaptingFinder:
    """Imports an adapter after the module that it adapts."""

    def find_spec(self, name: str, path: object, target: object = None) -> "ModuleSpec | None":
        if name not in _ADAPTERS:
            return None
        # A search such as find_imports() does not import: only the import takes the adapter.
        sys.meta_path.remove(self)
        spec = find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_adapt(module: "Any") -> None:
                adapter = _ADAPTERS.pop(name, None)
                execute(module)
                if adapter is not None:
                    import_module(adapter)

            spec.loader.exec_module = execute_and_adapt  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _AdaptingFinder())
