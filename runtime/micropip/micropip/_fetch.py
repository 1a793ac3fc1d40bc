"""This module downloads files with the browser's fetch, on a page or in a worker."""

from typing import NamedTuple

import js
from pyodide import JsException

from micropip._errors import InstallError


class Response(NamedTuple):
    """The response of a server.

    Attributes:
        url: The address of the response after redirects.
        content: The body; None if the server answers 404.
    """

    url: str
    content: bytes | None


async def fetch(url: str, cache: str = "default") -> Response:
    """Download a complete file.

    Args:
        url: The address. A relative address is relative to the page or the worker script.
        cache: The option ``cache`` of JavaScript's ``fetch``.

    Raises:
        InstallError: The network fails, or the server answers another error than 404.
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
