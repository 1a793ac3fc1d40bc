"""Which Python functions does the JavaScript API of Pyodide 0.16 call? (runtime/js/api16.ts)"""

import builtins

import __main__
import pyodide
from pyodide._runtime import missing

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

_namespace: "dict[str, Any]" = __main__.__dict__


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
    return pyodide.eval_code(code, _namespace)


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

    return missing({*pyodide.find_imports(code), *_parts.find_needed(code, _namespace)})


def lookup(name: str) -> "Any":
    """``pyodide.pyimport``."""
    try:
        return getattr(global_names, name)
    except AttributeError:
        raise NameError(f"name {name!r} is not defined", name=name) from None


def version() -> str:
    """``pyodide.version``."""
    return pyodide.__version__
