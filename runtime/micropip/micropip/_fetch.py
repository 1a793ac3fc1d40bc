"""How do bytes come over the network? With the browser's own fetch, on a page or in a worker."""

from typing import NamedTuple

import js
from pyodide import JsException

from micropip._errors import InstallError


class Response(NamedTuple):
    """What a server sent.

    Attributes:
        url: Where it came from in the end, after redirects.
        content: The body; None if there is nothing at the address.
    """

    url: str
    content: bytes | None


async def fetch(url: str, cache: str = "default") -> Response:
    """Fetch a URL whole.

    Args:
        url: The address; relative to the page's, or to the worker script's.
        cache: As JavaScript's ``fetch`` has it.

    Raises:
        InstallError: The network or the server fails.
    """
    try:
        response = await js.fetch(url, cache=cache)
        if response.ok:
            return Response(response.url, bytes(await response.arrayBuffer()))
    except JsException as error:
        raise InstallError(
            f"{url} cannot be fetched ({error}). Check the address and the network; a server of "
            "another origin must send Access-Control-Allow-Origin (CORS)."
        ) from error
    if response.status == 404:
        return Response(response.url, None)
    status = f"{response.status} {response.statusText}".rstrip()
    raise InstallError(f"{url} cannot be fetched: the server answers {status}.")
