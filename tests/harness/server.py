"""How does an application or a folder get an address beside a test?

The servers run in threads, on free ports of the loopback interface.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection, socket
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conda_emscripten.serve import Files, create_app, listen
from tests.harness.runtime import TIMEOUT


def site(build_dir: Path, **folders: Path) -> Starlette:
    """The served build, with further folders at ``/<name>/``."""
    mounts = [Mount(f"/{name}", Files(directory=path)) for name, path in folders.items()]
    return Starlette(routes=[*mounts, Mount("/", create_app(build_dir))])


def other_origin(folder: Path) -> Starlette:
    """The files of a folder, which pages of every origin may read."""
    cors = Middleware(CORSMiddleware, allow_origins=["*"])
    return Starlette(routes=[Mount("/", Files(directory=folder))], middleware=[cors])


class Counter:
    """Counts the bytes that an application sends.

    Attributes:
        sent: path, the requested range or None, and bytes of each answer.
        has_ranges: whether the application sees the requested range.
    """

    def __init__(self, app: ASGIApp, *, has_ranges: bool = True) -> None:
        self.sent: list[tuple[str, str | None, int]] = []
        self.has_ranges = has_ranges
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = MutableHeaders(scope=scope)
        asked = headers.get("range")
        if not self.has_ranges and asked:
            del headers["range"]
        size = 0

        async def count(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, count)
        finally:
            self.sent.append((scope["path"], asked, size))

    def size(self, name: str) -> int:
        """The number of bytes sent for files whose names start with ``name``."""
        return sum(size for path, _, size in self.sent if path.split("/")[-1].startswith(name))


class Line:
    """Puts a slow line before an application: all its answers share one bandwidth.

    An answer starts a round trip after its request. A new connection costs no further round trip.

    Attributes:
        sent: the time in seconds since 1970, and the number of bytes, of each piece of an answer.
    """

    _PIECE = 8 * 1024

    def __init__(self, app: ASGIApp, *, megabits: float, round_trip: float) -> None:
        """``megabits``: a second, of 10^6 bits; ``round_trip``: in seconds."""
        self.sent: list[tuple[float, int]] = []
        self._app = app
        self._bytes_per_second = megabits * 1e6 / 8
        self._round_trip = round_trip
        self._free = 0.0  # the time of the event loop at which the line has sent all pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await asyncio.sleep(self._round_trip)

        async def slowly(message: Message) -> None:
            body = message.get("body", b"")
            for start in range(0, len(body), self._PIECE):
                piece = body[start : start + self._PIECE]
                await self._wait_for(len(piece))
                await send({"type": message["type"], "body": piece, "more_body": True})
                self.sent.append((time.time(), len(piece)))
            await send({**message, "body": b""} if body else message)

        await self._app(scope, receive, slowly)

    async def _wait_for(self, size: int) -> None:
        now = asyncio.get_running_loop().time()
        self._free = max(self._free, now) + size / self._bytes_per_second
        await asyncio.sleep(self._free - now)

    def size(self, until: float) -> int:
        """The number of bytes of bodies sent until a time in seconds since 1970."""
        return sum(size for sent, size in self.sent if sent <= until)


_ports: set[int] = set()


def new_port() -> socket:
    """Listen on a port that no earlier server of this process had.

    A browser that stays open keeps the files of the earlier server in its cache, and does not
    fetch these files from a later server on the same port.
    """
    with ExitStack() as rejected:
        while True:
            listener = listen("127.0.0.1", 0)
            port = listener.getsockname()[1]
            if port not in _ports:
                _ports.add(port)
                return listener
            rejected.enter_context(listener)


def wait_for_port(server: subprocess.Popen[str], port: int) -> None:
    """Wait until a program, started with ``stderr=PIPE``, accepts connections.

    Raises:
        RuntimeError: the program has ended; the text has what it wrote to stderr.
        OSError: it accepts none after ``TIMEOUT``.
    """
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if server.poll() is not None:
                errors = server.stderr.read() if server.stderr else ""
                raise RuntimeError(f"the server has ended: {errors}") from None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve ``app`` in a thread; yields its address without a slash at the end."""
    listener = new_port()  # connections queue here until uvicorn accepts them
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log no requests, so that pytest's output stays readable."""


@contextmanager
def without_headers(folder: Path) -> Iterator[str]:
    """Serve a folder as hosts do that send no header but Content-Type; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
