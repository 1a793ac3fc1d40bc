"""How are the built site and the channel served to a browser?

This module has an ASGI application over the folders of a build directory: the static site ``dist/``
at ``/``, the conda channel ``channel/`` at ``/channel/`` and, where there is one, the JupyterLite
site ``notebook/`` at ``/notebook/``. The application sends all that a browser needs: MIME types,
CORS and isolation headers, byte ranges, validators and precompressed variants.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from conda_emscripten.channel_layout import CACHE_ONE_YEAR, REVALIDATE, SHARD_NAME, mime_type
from conda_emscripten.errors import ServeError

#: Content-Encoding to the suffix of the precompressed file, best first.
_ENCODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}

#: With both headers, a page and its workers are cross-origin isolated (HTML standard, 7.1.3 and
#: 7.1.4). Isolation gives SharedArrayBuffer, through which a thread interrupts Python.
_ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}

#: The folder of a build directory, and the path of a site, that the home page opens for notebooks.
NOTEBOOK = "notebook"

#: A variant that is at most so many seconds older than its file is not stale: the indexer of
#: py-rattler writes repodata.json.zst shortly before repodata.json.
_WRITTEN_TOGETHER = 10.0


def create_app(build_dir: Path) -> Starlette:
    """The application for ``build_dir/dist`` at ``/``, and for two folders beside it.

    ``build_dir/channel`` is at ``/channel/``, and ``build_dir/notebook`` at ``/notebook/``. The
    application also serves them if they are made while the server runs.

    Raises:
        ServeError: there is no site.
    """
    dist = build_dir / "dist"
    _check_folder("site", dist)
    folders = {"/channel": build_dir / "channel", f"/{NOTEBOOK}": build_dir / NOTEBOOK, "/": dist}
    return Starlette(
        routes=[
            Mount(path, Files(directory=folder, check_dir=False, html=True))
            for path, folder in folders.items()
        ],
        middleware=[
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "HEAD"],
                allow_headers=["*"],
                expose_headers=["Content-Encoding", "Content-Length", "Content-Range", "ETag"],
            )
        ],
    )


def serve(
    build_dir: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve ``build_dir`` until interrupted.

    Args:
        build_dir: a build directory with a site and a channel.
        host: the address or name to listen on.
        port: the TCP port; 0 selects a free port.
        tell: called with each line that the user sees.

    Raises:
        ServeError: ``build_dir`` lacks the site or the channel, or the address is not available.
    """
    app = create_app(build_dir)
    _check_folder("channel", build_dir / "channel")
    listener = listen(host, port)
    for line in welcome(build_dir, host, listener.getsockname()[1]).splitlines():
        tell(line)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


def _check_folder(name: str, folder: Path) -> None:
    if not folder.is_dir():
        raise ServeError(
            f"There is no {name} to serve: {folder} does not exist.",
            help="Run 'make quickstart', or pass another build directory with --build-dir.",
        )


def welcome(build_dir: Path, host: str, port: int) -> str:
    """The first printed lines: the served folder and the addresses to open."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"
    lines = [
        f"Serving {build_dir}. Stop with Ctrl+C.",
        f"  Home page  {address}/",
        f"  Console    {address}/console.html",
        f"  Packages   {address}/channel/",
    ]
    if (build_dir / NOTEBOOK).is_dir():
        lines.append(f"  Notebooks  {address}/{NOTEBOOK}/")
    return "\n".join(lines)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on ``host`` and ``port``.

    Raises:
        ServeError: the address is not available.
    """
    if not host:  # it would be every address of this machine
        raise ServeError("'' is not an address.", help="Choose an address with --host.")
    if not 0 <= port <= 65535:
        raise ServeError(f"{port} is not a TCP port.", help="Choose a port from 0 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # SO_REUSEADDR lets two sockets bind one port as long as neither listens.
        listener.listen(128)
    except OSError as error:
        listener.close()
        helps = {
            errno.EADDRINUSE: "Another program uses the port: choose another port with --port, "
            "or --port 0 for a free port.",
            errno.EACCES: "Ports below 1024 need root: choose a higher port, for example "
            "--port 8000.",
        }
        raise ServeError(
            f"Cannot listen on {host}, port {port}: {error.strerror}.",
            help=helps.get(error.errno or 0, "Choose an address of this machine with --host."),
        ) from error
    return listener


class Files(StaticFiles):
    """Starlette's static files (ranges, validators, containment in the folder) with our headers."""

    async def check_config(self) -> None:
        """Answers 404, not 500, for a folder that does not exist."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        path = Path(full_path)
        request = Headers(scope=scope)
        headers = {
            **_ISOLATION,
            "Cross-Origin-Resource-Policy": "cross-origin",
            # The name of a package or bundle does not identify its bytes until it is published:
            # a rebuilt package keeps its name if the build number is the same.
            "Cache-Control": CACHE_ONE_YEAR if SHARD_NAME.fullmatch(path.name) else REVALIDATE,
        }
        variants = _variants(path, stat_result)
        if variants:
            headers["Vary"] = "Accept-Encoding"
        # A range addresses the bytes of the original file.
        encoding = (
            None if "range" in request else _choose(variants, request.get("accept-encoding", ""))
        )
        if encoding is not None:
            headers["Content-Encoding"] = encoding
            path, stat_result = variants[encoding]
        response = FileResponse(
            path,
            status_code=status_code,
            headers=headers,
            media_type=mime_type(os.fspath(full_path)),
            stat_result=stat_result,
        )
        if self.is_not_modified(response.headers, request):
            return NotModifiedResponse(response.headers)
        return response


def _variants(path: Path, original: os.stat_result) -> dict[str, tuple[Path, os.stat_result]]:
    """The precompressed files beside ``path`` by encoding, best first, without stale files."""
    variants = {}
    for encoding, suffix in _ENCODINGS.items():
        variant = path.with_name(path.name + suffix)
        try:
            stat_result = variant.stat()
        except OSError:
            continue
        if stat_result.st_mtime >= original.st_mtime - _WRITTEN_TOGETHER:
            variants[encoding] = (variant, stat_result)
    return variants


def _choose(offered: Iterable[str], accept_encoding: str) -> str | None:
    """The first offered encoding that the client accepts (RFC 9110, section 12.5.3), or None."""
    weights = {}
    for item in accept_encoding.split(","):
        name, _, parameter = item.partition(";")
        key, _, value = parameter.partition("=")
        try:
            weight = float(value) if key.strip() == "q" else 1.0
        except ValueError:
            weight = 0.0
        weights[name.strip().lower()] = weight
    default = weights.get("*", 0.0)
    return next((name for name in offered if weights.get(name, default) > 0), None)
