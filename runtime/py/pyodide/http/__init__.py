"""How does Python code fetch URLs? ``pyfetch`` waits without blocking the page; ``open_url`` and
``pyxhr`` block it."""

from pyodide.http import pyxhr
from pyodide.http._exceptions import AbortError, BodyUsedError, HttpStatusError
from pyodide.http._pyfetch import FetchResponse, pyfetch

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

__all__ = [
    "AbortError",
    "BodyUsedError",
    "FetchResponse",
    "HttpStatusError",
    "open_url",
    "pyfetch",
    "pyxhr",
]


def open_url(url: str) -> "io.StringIO":
    """Fetch a text synchronously. ``pyfetch`` fetches other files.

    Args:
        url: The address; relative to the page's, or to the worker script's.

    Returns:
        The response's text as a file, also if the server answered with an error.

    Raises:
        JsException: The request failed.
        RuntimeError: There is no XMLHttpRequest here (Node.js has none).
    """
    import io

    request = pyxhr.open_request("GET", url)
    request.send(None)
    return io.StringIO(request.responseText)
