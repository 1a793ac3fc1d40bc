"""How does Python code fetch a URL without blocking? With JavaScript's ``fetch``."""

from asyncio import CancelledError
from contextlib import contextmanager

import js
from _pyodide_core import JsException

from pyodide.http._exceptions import AbortError, BodyUsedError, HttpStatusError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterator
    from typing import IO, Any

    from pyodide.ffi import JsBuffer, JsProxy


class FetchResponse:
    """The response to a request. Its body can be read once.

    Args:
        request: What was requested: a URL, or a JavaScript Request.
        js_response: JavaScript's Response.
        abort_controller: An AbortController that ends the request.
        abort_signal: The signal with which the request was made.
    """

    def __init__(
        self,
        request: "str | JsProxy",
        js_response: "JsProxy",
        abort_controller: "JsProxy | None" = None,
        abort_signal: "JsProxy | None" = None,
    ) -> None:
        if isinstance(request, str) and request:
            request = js.Request.new(request)
        self.js_request = None if isinstance(request, str) else request
        self._url: str = request if isinstance(request, str) else request.url
        self.js_response = js_response
        self.abort_controller = abort_controller
        self.abort_signal = abort_signal

    @property
    def body_used(self) -> bool:
        """Whether the body was read."""
        return bool(self.js_response.bodyUsed)

    @property
    def headers(self) -> dict[str, str]:
        """The headers; their names are in lower case."""
        return {name: value for name, value in self.js_response.headers.entries()}  # noqa: C416

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return bool(self.js_response.ok)

    @property
    def redirected(self) -> bool:
        """Whether the response came from another URL than the requested one."""
        return bool(self.js_response.redirected)

    @property
    def status(self) -> int:
        """HTTP's number of the status."""
        return int(self.js_response.status)

    @property
    def status_text(self) -> str:
        """The server's text for the status."""
        return str(self.js_response.statusText)

    @property
    def type(self) -> str:
        """JavaScript's ``Response.type``, such as "basic" or "cors"."""
        return str(self.js_response.type)

    @property
    def url(self) -> str:
        """The URL of the response, after redirections."""
        return str(self.js_response.url)

    def raise_for_status(self) -> None:
        """Raise an HttpStatusError if the status is an error (400 to 599)."""
        if 400 <= self.status < 600:
            raise HttpStatusError(self.status, self.status_text, self.url)

    def clone(self) -> "FetchResponse":
        """A copy, whose body can be read once more.

        Raises:
            BodyUsedError: The body was read already.
        """
        if self.body_used:
            raise BodyUsedError
        return FetchResponse(
            self.js_request or self._url,
            self.js_response.clone(),
            self.abort_controller,
            self.abort_signal,
        )

    def abort(self, reason: "Any" = None) -> None:
        """End the request: reading the body raises an AbortError.

        Args:
            reason: The message of that error.

        Raises:
            ValueError: The response has no ``abort_controller``.
        """
        if self.abort_controller is None:
            raise ValueError("abort_controller is not set: the request cannot be aborted")
        _abort(self.abort_controller, reason)

    async def buffer(self) -> "JsBuffer":
        """The body as an ArrayBuffer of JavaScript.

        This and every other method that reads the body has these errors.

        Raises:
            BodyUsedError: The body was read already.
            AbortError: The request was aborted, or the connection ended.
        """
        body: JsBuffer = await self._read("arrayBuffer")
        return body

    async def text(self) -> str:
        """The body as a string."""
        return str(await self._read("text"))

    async def string(self) -> str:
        """The body as a string: an earlier name of ``text``."""
        return await self.text()

    async def json(self, **kwargs: "Any") -> "Any":
        """The value of the body's JSON.

        Args:
            kwargs: Arguments of ``json.loads``.
        """
        import json

        return json.loads(await self.text(), **kwargs)

    async def memoryview(self) -> "builtins.memoryview":
        """The body as a ``memoryview``."""
        return (await self.buffer()).to_memoryview()

    async def bytes(self) -> "builtins.bytes":
        """The body as ``bytes``."""
        return (await self.buffer()).to_bytes()

    async def unpack_archive(
        self, *, extract_dir: str | None = None, format: str | None = None
    ) -> None:
        """Unpack the body, an archive.

        Args:
            extract_dir: The folder; the current one if not given.
            format: A format of ``shutil.unpack_archive``, or "wheel"; the URL's extension gives it
                if it is not given.

        Raises:
            ValueError: The format is not known.
        """
        from pyodide import _archive

        name = self._url.partition("?")[0].partition("#")[0].rpartition("/")[2]
        kind = _archive.find_format(name, format)  # before the body is read
        _archive.unpack(await self.memoryview(), format=kind, extract_dir=extract_dir)

    async def _into_file(self, file: "IO[builtins.bytes]") -> None:
        """Write the body into an empty file."""
        (await self.buffer()).to_file(file)

    async def _create_file(self, path: str) -> None:
        """Write the body into a new file.

        Raises:
            OSError: The file exists, or its folder does not.
        """
        with open(path, "xb") as file:  # noqa: ASYNC230 - in memory
            await self._into_file(file)

    async def _read(self, method: str) -> "Any":
        """The result of a method of the Response that reads the body."""
        if self.abort_signal is not None and self.abort_signal.aborted:
            raise AbortError(self.abort_signal.reason)
        if self.body_used:
            raise BodyUsedError
        with _aborting(self.abort_controller, self.abort_signal):
            return await getattr(self.js_response, method)()


async def pyfetch(
    request: "str | JsProxy",
    /,
    *,
    signal: "JsProxy | None" = None,
    fetcher: "Callable[[Any, Any], Any] | None" = None,
    **kwargs: "Any",
) -> FetchResponse:
    """Fetch a URL.

    Args:
        request: The URL, or a JavaScript Request.
        signal: An AbortSignal that ends the request.
        fetcher: A function in place of JavaScript's ``fetch``.
        kwargs: Options of ``fetch``, such as ``method``, ``headers`` or ``body``.

    Returns:
        The response, also if the server answered with an error.

    Raises:
        AbortError: The request was aborted, or there was no response.
    """
    from pyodide.ffi import to_js

    controller = js.AbortController.new()
    signals = [controller.signal] if signal is None else [controller.signal, signal]
    kwargs["signal"] = signals[0] if signal is None else js.AbortSignal.any(to_js(signals))
    options = to_js(kwargs, dict_converter=js.Object.fromEntries)
    with _aborting(controller, kwargs["signal"]):
        if isinstance(request, str):
            request = js.Request.new(request, options)
        response = await (fetcher or js.fetch)(request, options)
    return FetchResponse(request, response, controller, kwargs["signal"])


@contextmanager
def _aborting(controller: "JsProxy | None", signal: "JsProxy | None") -> "Iterator[None]":
    """Aborts the request when the task that waits for it is cancelled. Makes AbortErrors of
    JavaScript's errors."""
    try:
        yield
    except CancelledError as error:
        if controller is not None:
            _abort(controller, "\n".join(map(str, error.args)) or None)
        raise
    except JsException as error:
        reason = signal.reason if signal is not None and signal.aborted else error
        raise AbortError(reason) from None


def _abort(controller: "JsProxy", reason: "Any") -> None:
    if reason is None:
        controller.abort()
    else:
        controller.abort(js.DOMException.new(str(reason), "AbortError"))
