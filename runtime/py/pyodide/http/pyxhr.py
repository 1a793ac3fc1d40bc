"""How does Python code make requests that block? With XMLHttpRequest, in the manner of the package
``requests``."""

import js
from _pyodide_core import JsException

from pyodide.http._exceptions import HttpStatusError, XHRError, XHRNetworkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict, Unpack

    from _pyodide_core import JsProxy

    class XHRRequestParams(TypedDict, total=False):
        """The options of a request."""

        headers: dict[str, str]
        params: dict[str, Any]
        data: str | bytes
        json: dict[str, Any] | list[Any]
        auth: tuple[str, str] | list[str]

else:
    XHRRequestParams = dict

__all__ = [
    "XHRError",
    "XHRNetworkError",
    "XHRRequestParams",
    "XHRResponse",
    "delete",
    "get",
    "head",
    "options",
    "patch",
    "post",
    "put",
]


class XHRResponse:
    """The response to a request.

    Args:
        xhr: The XMLHttpRequest, which is done.
    """

    def __init__(self, xhr: "JsProxy") -> None:
        self._xhr = xhr
        self._content: bytes | None = None

    @property
    def status_code(self) -> int:
        """HTTP's number of the status."""
        return int(self._xhr.status)

    @property
    def content(self) -> bytes:
        """The body.

        Raises:
            XHRError: It is binary data that begins with a byte order mark.
        """
        if self._content is None:
            self._content = _bytes_of(str(self._xhr.responseText))
        return self._content

    @property
    def text(self) -> str:
        """The body, decoded from UTF-8."""
        return self.content.decode("utf-8")

    @property
    def headers(self) -> dict[str, str]:
        """The headers; their names are in lower case."""
        lines = (self._xhr.getAllResponseHeaders() or "").splitlines()
        pairs = (line.partition(":") for line in lines if ":" in line)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def ok(self) -> bool:
        """Whether the status is no error (below 400)."""
        return self.status_code < 400

    @property
    def url(self) -> str:
        """The URL of the response, after redirections."""
        return str(self._xhr.responseURL)

    def json(self, **kwargs: "Any") -> "Any":
        """The value of the body's JSON.

        Args:
            kwargs: Arguments of ``json.loads``.
        """
        import json

        return json.loads(self.text, **kwargs)

    def raise_for_status(self) -> None:
        """Raise an HttpStatusError if the status is an error (400 and above)."""
        if not self.ok:
            raise HttpStatusError(self.status_code, str(self._xhr.statusText), self.url)


def _bytes_of(text: str) -> bytes:
    """The bytes of a text that was decoded from "x-user-defined" (_request)."""
    import re

    if re.fullmatch("[\0-\x7f\uf780-\uf7ff]*", text):
        return text.encode("utf-16-le")[::2]
    # A byte order mark has precedence over the character set.
    if "\ufffd" in text:
        raise XHRError(
            "XMLHttpRequest cannot read binary data that begins with a byte order mark: use "
            "pyodide.http.pyfetch"
        )
    return b"\xef\xbb\xbf" + text.encode()


def open_request(method: str, url: str) -> "JsProxy":
    """An XMLHttpRequest that blocks.

    Raises:
        RuntimeError: There is none here (Node.js).
    """
    if not hasattr(js, "XMLHttpRequest"):
        raise RuntimeError(
            "XMLHttpRequest is only available in browser environments: use pyodide.http.pyfetch"
        )
    request: JsProxy = js.XMLHttpRequest.new()
    request.open(method, url, False)
    return request


def _request(method: str, url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a request.

    Args:
        method: HTTP's method.
        url: The address; relative to the page's, or to the worker script's.
        options:
            headers: HTTP headers of the request.
            params: The query that is added to the URL.
            data: The body of the request.
            json: The body, as a value for JSON.
            auth: User and password for basic authentication.

    Raises:
        XHRNetworkError: There was no response.
        RuntimeError: There is no XMLHttpRequest here (Node.js).
        TypeError: There is no such option.
    """
    unknown = options.keys() - {"headers", "params", "data", "json", "auth"}
    if unknown:
        raise TypeError(f"pyxhr has no option {min(unknown)!r}")
    if params := options.get("params"):
        from urllib.parse import urlencode

        address, sharp, fragment = url.partition("#")
        query = urlencode(params, doseq=True)
        url = f"{address}{'&' if '?' in address else '?'}{query}{sharp}{fragment}"
    headers = dict(options.get("headers", {}))
    body: Any = options.get("data")
    if "json" in options:
        import json

        body = json.dumps(options["json"])
        if "content-type" not in map(str.lower, headers):
            headers["Content-Type"] = "application/json"
    if auth := options.get("auth"):
        import base64

        user, password = auth
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
    if isinstance(body, bytes | bytearray | memoryview):
        from pyodide.ffi import to_js

        body = to_js(body)

    request = open_request(method, url)
    # A page cannot ask for an ArrayBuffer. With this character set, each byte becomes a character
    # whose low byte it is (Encoding Standard, "x-user-defined").
    request.overrideMimeType("text/plain; charset=x-user-defined")
    for name, value in headers.items():
        request.setRequestHeader(name, value)
    try:
        request.send(body)
    except JsException as error:
        raise XHRNetworkError(f"{url} cannot be fetched: {error}") from error
    return XHRResponse(request)


def get(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a GET request; the options are those of ``XHRRequestParams``."""
    return _request("GET", url, **options)


def post(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a POST request; see ``get``."""
    return _request("POST", url, **options)


def put(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a PUT request; see ``get``."""
    return _request("PUT", url, **options)


def delete(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a DELETE request; see ``get``."""
    return _request("DELETE", url, **options)


def head(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a HEAD request; see ``get``."""
    return _request("HEAD", url, **options)


def patch(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make a PATCH request; see ``get``."""
    return _request("PATCH", url, **options)


def options(url: str, **options: "Unpack[XHRRequestParams]") -> XHRResponse:
    """Make an OPTIONS request; see ``get``."""
    return _request("OPTIONS", url, **options)
