"""Which errors does a request end with?"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class HttpStatusError(OSError):
    """The server answered with an error.

    Args:
        status: HTTP's number of the error.
        status_text: The server's text for it.
        url: The address that was requested.
    """

    def __init__(self, status: int, status_text: str, url: str) -> None:
        self.status = status
        self.status_text = status_text
        self.url = url
        kinds = {4: "Client Error", 5: "Server Error"}
        kind = kinds.get(status // 100, "Invalid error code not between 400 and 599")
        super().__init__(f"{status} {kind}: {status_text} for url: {url}")

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), (self.status, self.status_text, self.url), self.__dict__


class BodyUsedError(OSError):
    """The body of a response was read before; ``FetchResponse.clone`` gives one more."""

    def __init__(self, *_args: object) -> None:
        super().__init__("Response body is already used")


class AbortError(OSError):
    """A request was aborted, or it failed.

    Args:
        reason: What JavaScript gave as the reason, usually an Error.
    """

    def __init__(self, reason: "Any") -> None:
        reason = getattr(reason, "js_error", reason)
        message = getattr(reason, "message", None)
        super().__init__(message if isinstance(message, str) else str(reason))


class XHRError(OSError):
    """A request of ``pyxhr`` failed."""


class XHRNetworkError(XHRError):
    """There was no response: the network, the server's name or CORS."""

    def __init__(self, message: str = "Network error occurred") -> None:
        super().__init__(message)


class XHRTimeoutError(XHRError):
    """There was no response in time.

    Args:
        timeout: The time in milliseconds.
    """

    def __init__(self, timeout: int) -> None:
        self.timeout = timeout
        super().__init__(f"Request timed out after {timeout}ms")

    def __reduce__(self) -> "tuple[Any, ...]":
        return type(self), (self.timeout,)
