"""What did Pyodide 0.16 offer to Python code?"""

from _pyodide_core import nested_list

from pyodide import _code

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    import io
    from typing import Any


def eval_code(code: str, ns: "dict[str, Any]") -> "Any":
    """Run Python code.

    Args:
        code: The code; it may be indented as a whole.
        ns: The namespace to run it in.

    Returns:
        The value of the last statement if that is an expression and the code does not end with a
        semicolon, otherwise None.

    Raises:
        SyntaxError: The code is not valid.
        BaseException: What the code raises.
    """
    return _code.eval_code(code, ns)


async def eval_code_async(code: str, ns: "dict[str, Any]") -> "Any":
    """Run Python code that may use ``await`` outside functions; otherwise like ``eval_code``."""
    return await _code.eval_code_async(code, ns)


def find_imports(code: str) -> list[str]:
    """Find the top-level names of the modules that code imports, at any place in it.

    Returns:
        The names, sorted, each once.

    Raises:
        SyntaxError: The code is not valid.
    """
    return sorted({name.partition(".")[0] for name in _code.imported_modules(code)})


def get_completions(
    code: str,
    cursor: int | None = None,
    namespaces: "list[dict[str, Any]] | None" = None,
) -> list[str]:
    """Find the names that complete the code at the cursor. The package ``jedi`` must be loaded.

    Args:
        code: The code to complete.
        cursor: Offset in the code, in characters; its end if not given.
        namespaces: Further namespaces with names; the global namespace if not given.

    Returns:
        Whole names, in the order of jedi: public ones first.

    Raises:
        ModuleNotFoundError: jedi is not loaded.
        ValueError: The cursor is outside the code.
    """
    try:
        import jedi
    except ModuleNotFoundError as error:
        if error.name != "jedi":
            raise
        message = "get_completions needs jedi: load it with pyodide.loadPackage('jedi')"
        raise ModuleNotFoundError(message, name="jedi") from None

    if cursor is None:
        cursor = len(code)
    if not 0 <= cursor <= len(code):
        raise ValueError(f"the cursor is at {cursor}, and the code has {len(code)} characters")
    if namespaces is None:
        import __main__

        namespaces = [__main__.__dict__]
    interpreter = jedi.Interpreter(code[:cursor], namespaces)
    return [completion.name for completion in interpreter.complete()]


def as_nested_list(obj: "Any") -> "list[Any]":
    """Convert a JavaScript array, which may contain arrays, to a Python list of lists.

    Typed arrays become lists of numbers. Every other item is converted as usual. An array that
    contains itself becomes a list that contains itself.

    Raises:
        TypeError: The object is not an array.
        RecursionError: The arrays are nested too deeply.
    """
    return obj.tolist() if isinstance(obj, memoryview) else nested_list(obj)


def open_url(url: str) -> "io.StringIO":
    """Fetch a URL synchronously.

    Args:
        url: The address; relative to the page's, or to the worker script's.

    Returns:
        The response's text as a file.

    Raises:
        OSError: The request failed, or the server answered with an error.
        RuntimeError: There is no XMLHttpRequest here (Node.js has none).
    """
    import io

    import js

    if not hasattr(js, "XMLHttpRequest"):
        raise RuntimeError("open_url needs a browser's XMLHttpRequest; read files with open()")
    request = js.XMLHttpRequest.new()
    request.open("GET", url, False)
    try:
        request.send(None)
    except Exception as error:
        raise OSError(f"{url} cannot be fetched: {error}") from error
    if request.status >= 400:
        raise OSError(f"{url} cannot be fetched: {request.status} {request.statusText}".rstrip())
    return io.StringIO(request.responseText)
