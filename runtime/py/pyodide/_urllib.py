"""How does ``urllib.request`` open an address of HTTP? With fetch where the call can wait.

Elsewhere with XMLHttpRequest, which blocks.

A page and a worker have no sockets.
"""

import http.client
import io
from urllib import request as urllib_request  # not yet an attribute of urllib
from urllib.error import URLError

import js
from _pyodide_core import JsException, today

from pyodide._waiting import can_run_sync, run_sync
from pyodide.http.pyxhr import XHRResponse, open_request

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

# The browser sets these headers; it refuses a program's with a message for each.
_OF_BROWSER = frozenset(
    ["accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"]
)
# They describe the bytes of the connection, which the browser has decoded.
_OF_CONNECTION = frozenset(
    ["connection", "content-encoding", "content-length", "transfer-encoding"]
)


class BrowserHandler(urllib_request.HTTPHandler):
    """Opens ``http:`` and ``https:``. The browser follows redirects itself, and lets a program read
    the responses of its own origin and of servers that send Access-Control-Allow-Origin."""

    def http_open(self, req: urllib_request.Request) -> http.client.HTTPResponse:
        headers = {**req.unredirected_hdrs, **req.headers}
        headers = {name: headers[name] for name in headers if name.lower() not in _OF_BROWSER}
        if can_run_sync():
            return _fetch(req, headers)
        try:
            xhr = open_request(req.get_method(), req.full_url)
            xhr.overrideMimeType("text/plain; charset=x-user-defined")  # for XHRResponse.content
            timeout = req.timeout
            if isinstance(timeout, int | float) and not hasattr(js, "document"):
                xhr.timeout = int(1000 * timeout)  # a page has no timeout
            for name, value in headers.items():
                xhr.setRequestHeader(name, value)
            xhr.send(_body(req.data))
        except (JsException, RuntimeError) as error:
            # RuntimeError: there is no XMLHttpRequest in Node.js.
            raise _error(error) from error
        found = XHRResponse(xhr)
        head = _head(f"{found.status_code} {xhr.statusText}", found.headers)
        return _response(io.BytesIO(head + found.content), found.url, req)

    https_open = http_open
    https_request = urllib_request.HTTPHandler.http_request


class _Connection:
    """What HTTPResponse needs of a socket."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file = file

    def makefile(self, _mode: str) -> io.BufferedIOBase:
        return self._file


class _Stream(io.RawIOBase):
    """A response to fetch. A read waits for the next part of the body.

    Args:
        head: The bytes before the body.
        reader: The reader of a ReadableStream of bytes, or None.
    """

    def __init__(self, head: bytes, reader: "Any") -> None:
        self._part = head
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Any") -> int:
        if not self._part and self._reader is not None:
            try:
                part = run_sync(self._reader.read())
            except JsException as error:
                raise OSError(str(error)) from error
            if part.done:
                self._reader = None
            else:
                self._part = part.value.to_bytes()
        count = min(len(buffer), len(self._part))
        buffer[:count] = self._part[:count]
        self._part = self._part[count:]
        return count

    def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None
        super().close()


def _fetch(req: urllib_request.Request, headers: dict[str, str]) -> http.client.HTTPResponse:
    """The response of ``fetch``, for whose headers and body this stack waits."""
    options: dict[str, Any] = {"method": req.get_method(), "body": _body(req.data)}
    options["headers"] = js.Headers.new()
    for name, value in headers.items():
        options["headers"].append(name, value)
    if isinstance(req.timeout, int | float):
        options["signal"] = js.AbortSignal.timeout(int(1000 * req.timeout))
    try:
        found = run_sync(js.fetch(req.full_url, **options))
    except JsException as error:
        raise _error(error) from error
    pairs = {pair[0]: pair[1] for pair in found.headers.entries()}
    head = _head(f"{found.status} {found.statusText}", pairs)
    stream = _Stream(head, found.body.getReader() if found.body else None)
    return _response(io.BufferedReader(stream), found.url, req)


def _error(error: Exception) -> URLError:
    cause = getattr(error, "js_error", error)
    is_late = getattr(cause, "name", "") == "TimeoutError"
    return URLError(TimeoutError("timed out") if is_late else error)


def _head(status: str, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"{key}: {value}" for key, value in headers.items() if key not in _OF_CONNECTION]
    return "\r\n".join([*lines, "", ""]).encode("iso-8859-1", errors="replace")


def _response(
    file: io.BufferedIOBase, url: str, req: urllib_request.Request
) -> http.client.HTTPResponse:
    connection: Any = _Connection(file)
    response = http.client.HTTPResponse(connection, method=req.get_method())
    response.begin()
    response.url = url  # this and msg as in urllib.request
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
