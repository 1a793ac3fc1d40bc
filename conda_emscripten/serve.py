"""How are the built site and the channel put on the web?

`create_app` is an ASGI application over the two folders of a build directory: `dist/`, the static
site, at `/` and `channel/`, the conda channel, at `/channel/`. It sends what a browser needs of any
host of these files: WebAssembly's MIME type, CORS, byte ranges, validators, precompressed variants.
"""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from conda_emscripten.errors import ServeError

MIME_TYPES = {
    ".atom": "application/atom+xml",
    ".bz2": "application/x-bzip2",
    ".conda": "application/octet-stream",
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".lz4b": "application/octet-stream",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".whl": "application/octet-stream",
    ".zst": "application/zstd",
}
"""Content-Type by suffix; the platform's own table differs from machine to machine."""

ENCODINGS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""Content-Encoding to the suffix of the precompressed file, best first."""

# A shard of the repodata is named by its own sha256 (CEP 16). A package or bundle is not: the hash
# in a build string is that of the variant, and a recipe that is built again makes other bytes of
# the same name until its build number is raised, which only a published channel insists on.
IMMUTABLE_NAME = re.compile(r"[0-9a-f]{64}\.msgpack\.zst")
ONE_YEAR = 31_536_000  # seconds

# A page is cross-origin isolated, and so has SharedArrayBuffer, through which a thread interrupts
# Python, if it and the scripts of its workers come with these (HTML standard, 7.1.3 and 7.1.4).
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}

# rattler's indexer writes repodata.json.zst shortly before repodata.json.
WRITTEN_TOGETHER = 10.0  # seconds


def create_app(build_dir: Path) -> Starlette:
    """The application that serves `build_dir/dist` at `/` and `build_dir/channel` at `/channel/`.

    A channel that is not built yet is served as soon as it is.
    Raises `ServeError` if there is no site.
    """
    dist, channel = build_dir / "dist", build_dir / "channel"
    if not dist.is_dir():
        raise ServeError(
            f"There is no site to serve: {dist} does not exist. Run `make quickstart`."
        )
    return Starlette(
        routes=[
            Mount("/channel", Files(directory=channel, check_dir=False, html=True)),
            Mount("/", Files(directory=dist, html=True)),
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


def serve(build_dir: Path, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve `build_dir` until interrupted; port 0 takes a free one.

    Raises `ServeError` if nothing is built or the address cannot be had.
    """
    app = create_app(build_dir)
    listener = listen(host, port)
    print(welcome(build_dir, host, listener.getsockname()[1]), flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()


def welcome(build_dir: Path, host: str, port: int) -> str:
    """The first lines of the server: what is served, and the addresses to open."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"
    return "\n".join(
        [
            f"Serving {build_dir}. Stop with Ctrl+C.",
            f"  Home page  {address}/",
            f"  Console    {address}/console.html",
            f"  Packages   {address}/channel/",
        ]
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port`. Raises `ServeError` if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # SO_REUSEADDR lets two sockets bind one port as long as neither listens.
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServeError(
                f"Port {port} of {host} is taken by another program. "
                f"Choose another: --port {port + 1}"
            ) from error
        raise ServeError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listener


class Files(StaticFiles):
    """Starlette's static files (ranges, validators, no way out of the folder) with our headers."""

    async def check_config(self) -> None:
        """A missing folder is no error: its files are answered with 404, not 500."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        path = Path(full_path)
        request = Headers(scope=scope)
        suffix = PurePosixPath(path.name).suffix
        headers = {
            **ISOLATION,
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": (
                f"public, max-age={ONE_YEAR}, immutable"
                if IMMUTABLE_NAME.fullmatch(path.name)
                else "no-cache"
            ),
        }
        variants = _variants(path, stat_result)
        if variants:
            headers["Vary"] = "Accept-Encoding"
        # Ranges count the bytes of the file itself.
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
            media_type=MIME_TYPES.get(suffix, "application/octet-stream"),
            stat_result=stat_result,
        )
        if self.is_not_modified(response.headers, request):
            return NotModifiedResponse(response.headers)
        return response


def _variants(path: Path, original: os.stat_result) -> dict[str, tuple[Path, os.stat_result]]:
    """The precompressed files beside `path` by encoding, best first; none of an older version."""
    found = {}
    for encoding, suffix in ENCODINGS.items():
        variant = path.with_name(path.name + suffix)
        try:
            stat_result = variant.stat()
        except OSError:
            continue
        if stat_result.st_mtime >= original.st_mtime - WRITTEN_TOGETHER:
            found[encoding] = (variant, stat_result)
    return found


def _choose(offered: Iterable[str], accept_encoding: str) -> str | None:
    """The first offered encoding that the client accepts (RFC 9110, section 12.5.3), or `None`."""
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
