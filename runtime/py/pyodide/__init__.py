"""What does the runtime offer to Python code?

With the API of Pyodide 314, this package has submodules, which are imported when a program first
uses them. With that of Pyodide 0.16, it has functions. The runtime looks its functions up for each
call, so that a program may replace them.
"""

from _pyodide_core import today

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from types import ModuleType

if not today:
    from _pyodide_core import JsException, JsProxy

    from pyodide._api16 import (
        as_nested_list,
        eval_code,
        eval_code_async,
        find_imports,
        get_completions,
        open_url,
    )

    __version__ = "0.1.0"

    __all__ = [
        "JsException",
        "JsProxy",
        "as_nested_list",
        "eval_code",
        "eval_code_async",
        "find_imports",
        "get_completions",
        "open_url",
    ]
else:
    # The version of the API: programs compare it.
    __version__ = "314.0.7"

    __all__ = ["__version__", "code", "console", "ffi", "http", "webloop"]

    _MOVED = {
        "JsException": "ffi",
        "JsProxy": "ffi",
        "eval_code": "code",
        "eval_code_async": "code",
        "find_imports": "code",
        "open_url": "http",
    }

    def __getattr__(name: str) -> "ModuleType":
        from importlib import import_module

        if name in __all__:
            return import_module(f"pyodide.{name}")
        message = f"module 'pyodide' has no attribute {name!r}"
        if name in _MOVED:
            message += f": it is in pyodide.{_MOVED[name]}"
        raise AttributeError(message, name=name)
