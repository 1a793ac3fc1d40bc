"""How does ``urllib.request`` open an address of HTTP? With XMLHttpRequest, which blocks.

A page and a worker have no sockets.
"""

import http.client
import io
from urllib import request as urllib_request  # not yet an attribute of urllib
from urllib.error import URLError

import js
from _pyodide_core import JsException, today

from pyodide.http.pyxhr import XHRResponse, open_request

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

# The browser sets these headers; it refuses a program's with a message for each.
_OF_BROWSER = frozenset(
    ["accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"]
)
# They describe the bytes of the connection, which the browser has decoded.
_OF_CONNECTION = frozenset(["content-encoding", "content-length", "transfer-encoding"])


class BrowserHandler(urllib_request.HTTPHandler):
    """Opens ``http:`` and ``https:``. The browser follows redirects itself, and lets a program read
    the responses of its own origin and of servers that send Access-Control-Allow-Origin."""

    def http_open(self, req: urllib_request.Request) -> http.client.HTTPResponse:
        headers = {**req.unredirected_hdrs, **req.headers}
        try:
            xhr = open_request(req.get_method(), req.full_url)
            xhr.overrideMimeType("text/plain; charset=x-user-defined")  # for XHRResponse.content
            timeout = req.timeout
            if isinstance(timeout, int | float) and not hasattr(js, "document"):
                xhr.timeout = int(1000 * timeout)  # a page has no timeout
            for name, value in headers.items():
                if name.lower() not in _OF_BROWSER:
                    xhr.setRequestHeader(name, value)
            xhr.send(_body(req.data))
        except (JsException, RuntimeError) as error:
            # RuntimeError: there is no XMLHttpRequest in Node.js.
            cause = getattr(error, "js_error", error)
            is_late = getattr(cause, "name", "") == "TimeoutError"
            raise URLError(TimeoutError("timed out") if is_late else error) from error
        return _response(XHRResponse(xhr), str(xhr.statusText), req.get_method())

    https_open = http_open
    https_request = urllib_request.HTTPHandler.http_request


class _Connection:
    """What HTTPResponse needs of a socket."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


def _response(found: XHRResponse, reason: str, method: str) -> http.client.HTTPResponse:
    content = found.content
    lines = [f"HTTP/1.1 {found.status_code} {reason}"]
    lines += [
        f"{key}: {value}" for key, value in found.headers.items() if key not in _OF_CONNECTION
    ]
    head = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""])
    connection: Any = _Connection(head.encode("iso-8859-1", errors="replace") + content)
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    response.url = found.url  # this and msg as in urllib.request
    response.msg = response.reason  # type: ignore[assignment]
    return response


def _body(data: "Any") -> "Any":
    """What XMLHttpRequest sends: bytes, a file of bytes, or an iterable of them."""
    if data is None:
        return None
    if hasattr(data, "read"):
        data = data.read()
    content = data if isinstance(data, bytes | bytearray | memoryview) else b"".join(data)
    if not today:
        return content  # the call converts it
    from pyodide.ffi import to_js

    return to_js(content)


urllib_request.HTTPHandler = BrowserHandler  # type: ignore[misc]
