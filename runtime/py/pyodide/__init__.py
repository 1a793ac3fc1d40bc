"""What does the runtime offer to Python code?

JavaScript's ``pyodide.runPython`` calls ``pyodide.eval_code``. The runtime looks its functions up
here for each call, so that a program may replace them.
"""

from _pyodide_core import JsException, JsProxy

from pyodide._code import eval_code, eval_code_async, find_imports, get_completions
from pyodide._web import as_nested_list, open_url

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
