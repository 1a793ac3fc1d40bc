"""Which Python functions does runtime/js call? They are not part of the public interface."""

import builtins
import sys
from importlib.util import find_spec

from _pyodide_core import today

import __main__
import pyodide

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

_namespace: "dict[str, Any]" = __main__.__dict__

# The module with the functions that a program may replace.
_names: "Any" = pyodide.code if today else pyodide

loader: "Any" = None
"""The loader of conda packages (loader/src/loader.ts), for micropip; runtime/js sets it."""


class Globals:
    """``pyodide.globals``: attributes are the global variables, and after them the builtins."""

    def __getattribute__(self, name: str) -> "Any":
        try:
            return _namespace[name]
        except KeyError:
            return getattr(builtins, name)

    def __setattr__(self, name: str, value: "Any") -> None:
        _namespace[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del _namespace[name]
        except KeyError:
            raise AttributeError(f"there is no global variable {name!r}") from None

    def __dir__(self) -> list[str]:
        return list(_namespace)

    def __repr__(self) -> str:
        return "<the global Python namespace>"


global_names = Globals()


def run(code: str) -> "Any":
    """``pyodide.runPython``."""
    return _names.eval_code(code, _namespace)


def run_async(code: str) -> "Any":
    """``pyodide.runPythonAsync``: an awaitable if the code awaits something at its top level."""
    if "await" in code or "async" in code:
        from pyodide import _code

        if _code.awaits(code):
            return _code.eval_code_async(code, _namespace)
    return run(code)


def imports(code: str) -> list[str]:
    """The missing modules, for which ``pyodide.runPythonAsync`` loads packages."""
    from pyodide import _parts

    names = {*_names.find_imports(code), *_parts.find_needed(code, _namespace)}
    return sorted(filter(_is_missing, names))


def _is_missing(name: str) -> bool:
    try:
        return name not in sys.modules and find_spec(name) is None
    except (ImportError, ValueError):  # a program may have its own find_imports
        return True


def lookup(name: str) -> "Any":
    """``pyodide.pyimport``."""
    try:
        return getattr(global_names, name)
    except AttributeError:
        raise NameError(f"name {name!r} is not defined", name=name) from None


def version() -> str:
    """``pyodide.version``."""
    return pyodide.__version__


# Standard output is not a terminal, but its function expects each line at once.
sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


class _AsyncioFinder:
    """Gives asyncio its event loop when it is imported; most programs never do."""

    def find_spec(self, name: str, path: object, target: object = None) -> "ModuleSpec | None":
        if name != "asyncio":
            return None
        # A search such as find_imports() does not import: only the import removes this finder.
        sys.meta_path.remove(self)
        spec = find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_set_loop(module: "Any") -> None:
                sys.meta_path.remove(self)
                execute(module)
                import pyodide.webloop  # noqa: F401

            spec.loader.exec_module = execute_and_set_loop  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _AsyncioFinder())
