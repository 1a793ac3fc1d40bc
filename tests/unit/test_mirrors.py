"""Does this release of pip have the internal modules that fetch sdists?"""

from __future__ import annotations

import http.server
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conda_emscripten.mirrors import MirrorError, PipFile, fetch_with_pip

CONTENT = bytes(range(256)) * 64
FILE = "demo-1.0.tar.gz"
CUT_OFF = "/files/cut-1.0.tar.gz"
"""The server resets the connection before the last byte."""
PATHS = {
    "/simple/demo/": (b"<a href='/files/demo-1.0.tar.gz'>demo-1.0.tar.gz</a>", "text/html"),
    f"/files/{FILE}": (CONTENT, "application/gzip"),
    "/simple/cut/": (b"<a href='/files/cut-1.0.tar.gz'>cut-1.0.tar.gz</a>", "text/html"),
    CUT_OFF: (CONTENT, "application/gzip"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """A package index of one project, with one sdist."""

    def do_GET(self) -> None:
        if self.path not in PATHS:
            self.send_error(404)
            return
        content, mime = PATHS[self.path]
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if self.path == CUT_OFF:
            self.wfile.write(content[:1000])
            now = struct.pack("ii", 1, 0)  # SO_LINGER with 0 seconds resets the connection
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            self.connection.close()
            return
        self.wfile.write(content[start:])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A local index, the only one in pip's configuration."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
        yield
        server.shutdown()


def test_an_sdist_comes_from_the_index_in_pip_s_configuration(tmp_path: Path) -> None:
    fetch_with_pip(PipFile(project="demo", file=FILE), tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == CONTENT


def test_a_download_by_pip_is_resumed(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"kept" * 250)
    fetch_with_pip(PipFile(project="demo", file=FILE), tmp_path / FILE)
    assert (tmp_path / FILE).read_bytes() == b"kept" * 250 + CONTENT[1000:]


@pytest.mark.parametrize(
    "wanted", [PipFile(project="demo", file="demo-2.0.tar.gz"), PipFile(project="other", file=FILE)]
)
def test_a_file_that_no_index_has_is_named(tmp_path: Path, wanted: PipFile) -> None:
    with pytest.raises(MirrorError, match=f"has {wanted.file}"):
        fetch_with_pip(wanted, tmp_path / FILE)


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (b"nonsense", "section header"),
        (b"\xff\xfe\x00", "pip: "),
        (b"[global]\ntimeout = long\n", "python -m pip config debug"),
        (b"[global]\nindex-url = http://[\n", "python -m pip config debug"),
        (b"[global]\nindex-url = nonsense\n", "nonsense"),
        (b"[global]\nindex-url = http://127.0.0.1:1/simple\nretries = 0\n", "cannot be reached"),
        (b"[global]\ncache-dir = relative\n", "python -m pip config debug"),
    ],
)
def test_a_wrong_configuration_of_pip_is_an_error_of_the_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configuration: bytes, message: str
) -> None:
    (tmp_path / "pip.conf").write_bytes(configuration)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.delenv("PIP_INDEX_URL")
    # requests' errors are OSErrors, which `SourceFetcher` reports, too.
    with pytest.raises((MirrorError, OSError), match=message):
        fetch_with_pip(PipFile(project="demo", file=FILE), tmp_path / FILE)


def test_a_download_by_pip_that_breaks_is_an_error_of_the_mirror(tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match="Connection reset"):
        fetch_with_pip(PipFile(project="cut", file="cut-1.0.tar.gz"), tmp_path / "file")
