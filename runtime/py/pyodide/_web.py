"""Which JavaScript functions does Python code often need?"""

from _pyodide_core import nested_list

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    import io
    from typing import Any


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
