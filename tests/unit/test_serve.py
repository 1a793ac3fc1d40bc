"""Does the server send the headers, ranges and variants that browsers need?"""

from __future__ import annotations

import errno
import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import zstandard

from conda_emscripten.errors import ServeError
from conda_emscripten.serve import create_app, listen, welcome
from tests.harness.built import ROOT
from tests.harness.server import running

WASM = b"\0asm\1\0\0\0" + bytes(range(256)) * 4
REPODATA = b'{"packages": {}}' * 50


def make_build(parent: Path) -> Path:
    """A build directory with one file of each kind, and a secret beside it."""
    build = parent / "build"
    subdir = build / "channel" / "emscripten-wasm32"
    subdir.mkdir(parents=True)
    (subdir / "numpy-2.2.6-py313h1234abc_0.conda").write_bytes(b"conda")
    (subdir / "numpy-2.2.6-py313h1234abc_0.lz4b").write_bytes(b"bundle")
    (subdir / "repodata.json").write_bytes(REPODATA)
    (subdir / "repodata.json.zst").write_bytes(zstandard.compress(REPODATA))
    (subdir / "shards").mkdir()
    (subdir / "shards" / f"{'ab' * 32}.msgpack.zst").write_bytes(b"shard")
    dist = build / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<p>hello")
    (dist / "pyodide.js").write_text("// script")
    (dist / "pyodide.mjs").write_text("// module")
    (dist / "pyodide.asm.wasm").write_bytes(WASM)
    (dist / "pyodide.asm.wasm.gz").write_bytes(gzip.compress(WASM))
    (dist / "pyodide.asm.wasm.br").write_bytes(b"pretend brotli")
    (parent / "secret.txt").write_text("secret")
    return build


@pytest.fixture
def build_dir(tmp_path: Path) -> Path:
    return make_build(tmp_path)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a build directory that no test changes."""
    with (
        running(create_app(make_build(tmp_path_factory.mktemp("served")))) as address,
        httpx.Client(base_url=address, headers={"Accept-Encoding": "identity"}) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/pyodide.asm.wasm", "application/wasm"),
        ("/pyodide.mjs", "text/javascript; charset=utf-8"),
        ("/pyodide.js", "text/javascript; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/channel/emscripten-wasm32/repodata.json", "application/json"),
        ("/channel/emscripten-wasm32/repodata.json.zst", "application/zstd"),
        (
            "/channel/emscripten-wasm32/numpy-2.2.6-py313h1234abc_0.lz4b",
            "application/octet-stream",
        ),
        (
            "/channel/emscripten-wasm32/numpy-2.2.6-py313h1234abc_0.conda",
            "application/octet-stream",
        ),
    ],
)
def test_each_kind_of_file_has_its_mime_type(
    client: httpx.Client, path: str, content_type: str
) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type


def test_a_zst_file_requested_by_name_has_no_content_encoding(client: httpx.Client) -> None:
    response = client.get(
        "/channel/emscripten-wasm32/repodata.json.zst", headers={"Accept-Encoding": "zstd"}
    )
    assert "content-encoding" not in response.headers
    assert zstandard.decompress(response.content) == REPODATA


def test_every_origin_may_read_every_file(client: httpx.Client) -> None:
    response = client.get("/pyodide.mjs", headers={"Origin": "https://example.org"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("path", ["/", "/pyodide.mjs"])
def test_pages_and_workers_are_cross_origin_isolated(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"


def test_a_cors_preflight_for_a_range_request_is_allowed(client: httpx.Client) -> None:
    response = client.options(
        "/pyodide.asm.wasm",
        headers={
            "Origin": "https://example.org",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "range",
        },
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert "range" in response.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("asked", "content_range", "body"),
    [
        ("bytes=0-3", f"bytes 0-3/{len(WASM)}", WASM[:4]),
        ("bytes=1000-", f"bytes 1000-{len(WASM) - 1}/{len(WASM)}", WASM[1000:]),
        ("bytes=-8", f"bytes {len(WASM) - 8}-{len(WASM) - 1}/{len(WASM)}", WASM[-8:]),
    ],
)
def test_a_range_is_cut_out_of_the_uncompressed_file(
    client: httpx.Client, asked: str, content_range: str, body: bytes
) -> None:
    response = client.get("/pyodide.asm.wasm", headers={"Range": asked, "Accept-Encoding": "gzip"})
    assert response.status_code == 206
    assert response.headers["content-range"] == content_range
    assert "content-encoding" not in response.headers
    assert response.content == body


def test_a_range_past_the_end_is_refused_with_the_size(client: httpx.Client) -> None:
    response = client.get("/pyodide.asm.wasm", headers={"Range": "bytes=99999-"})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(WASM)}"


def test_a_range_of_another_version_of_the_file_gives_the_whole_file(client: httpx.Client) -> None:
    response = client.get("/pyodide.asm.wasm", headers={"Range": "bytes=0-3", "If-Range": '"old"'})
    assert response.status_code == 200
    assert response.content == WASM


def test_an_unchanged_file_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/pyodide.mjs")
    second = client.get("/pyodide.mjs", headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 304
    assert second.content == b""
    assert second.headers["cache-control"] == first.headers["cache-control"]


def test_a_changed_file_is_sent_again(build_dir: Path) -> None:
    with running(create_app(build_dir)) as address:
        etag = httpx.get(f"{address}/pyodide.mjs").headers["etag"]
        (build_dir / "dist" / "pyodide.mjs").write_text("// another module")
        response = httpx.get(f"{address}/pyodide.mjs", headers={"If-None-Match": etag})
    assert response.status_code == 200
    assert response.text == "// another module"


def test_a_file_named_by_its_own_hash_is_cached_for_a_year(client: httpx.Client) -> None:
    response = client.get(f"/channel/emscripten-wasm32/shards/{'ab' * 32}.msgpack.zst")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/channel/emscripten-wasm32/repodata.json",
        "/channel/emscripten-wasm32/numpy-2.2.6-py313h1234abc_0.lz4b",
        "/pyodide.js",
        "/pyodide.asm.wasm",
    ],
)
def test_a_name_that_can_get_other_bytes_is_revalidated(client: httpx.Client, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("*", "br"),
        ("br;q=nonsense", None),
        ("identity", None),
    ],
)
def test_the_best_precompressed_variant_that_the_client_accepts_is_sent(
    client: httpx.Client, accepted: str, chosen: str | None
) -> None:
    with client.stream("GET", "/pyodide.asm.wasm", headers={"Accept-Encoding": accepted}) as reply:
        assert reply.headers.get("content-encoding") == chosen
        assert "Accept-Encoding" in reply.headers["vary"]
        assert reply.headers["content-type"] == "application/wasm"


def test_a_variant_decodes_to_the_file(client: httpx.Client) -> None:
    response = client.get("/pyodide.asm.wasm", headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.content == WASM


def test_variants_have_etags_of_their_own(client: httpx.Client) -> None:
    etags = {
        client.head("/pyodide.asm.wasm", headers={"Accept-Encoding": encoding}).headers["etag"]
        for encoding in ("br", "gzip", "identity")
    }
    assert len(etags) == 3


def test_a_variant_older_than_its_file_is_not_used(build_dir: Path) -> None:
    an_hour_ago = time.time() - 3600
    os.utime(build_dir / "dist" / "pyodide.asm.wasm.br", (an_hour_ago, an_hour_ago))
    with running(create_app(build_dir)) as address:
        response = httpx.get(f"{address}/pyodide.asm.wasm", headers={"Accept-Encoding": "br"})
    assert "content-encoding" not in response.headers
    assert response.content == WASM


def test_head_answers_like_get_without_the_body(client: httpx.Client) -> None:
    head, get = client.head("/pyodide.asm.wasm"), client.get("/pyodide.asm.wasm")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == get.headers


def test_nothing_can_be_written(client: httpx.Client) -> None:
    assert client.post("/pyodide.js").status_code == 405
    assert client.put("/channel/emscripten-wasm32/repodata.json").status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/%2e%2e/secret.txt",
        "/channel/..%2f..%2fsecret.txt",
        "/channel/%2fetc%2fpasswd",
        "//etc/passwd",
        "/link.txt",
        "/pyodide.js%00",
        "/missing.js",
        "/channel/",
    ],
)
def test_only_files_of_the_two_folders_are_served(build_dir: Path, path: str) -> None:
    (build_dir / "dist" / "link.txt").symlink_to(build_dir.parent / "secret.txt")
    with running(create_app(build_dir)) as address:
        # httpx tidies paths; a raw request line does not.
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            reply = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b" 404 " in reply.splitlines()[0]
    assert b"secret" not in reply
    assert b"root:" not in reply


def test_a_channel_built_after_the_start_is_served(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    with running(create_app(tmp_path)) as address:
        assert httpx.get(f"{address}/channel/noarch/repodata.json").status_code == 404
        (tmp_path / "channel" / "noarch").mkdir(parents=True)
        (tmp_path / "channel" / "noarch" / "repodata.json").write_bytes(REPODATA)
        assert httpx.get(f"{address}/channel/noarch/repodata.json").content == REPODATA


@pytest.mark.parametrize(("name", "folder"), [("site", "dist"), ("channel", "channel")])
def test_without_site_or_channel_the_error_says_what_to_run(
    build_dir: Path, name: str, folder: str
) -> None:
    (build_dir / folder).rename(build_dir / "elsewhere")
    done = serve_command(build_dir)
    assert done.returncode == ServeError.exit_code
    assert f"There is no {name} to serve" in done.stderr
    assert str(build_dir / folder) in done.stderr
    assert "make quickstart" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def serve_command(build_dir: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a ``serve`` that ends without an interrupt."""
    command = [sys.executable, "-m", "conda_emscripten", "serve", "--root", str(ROOT)]
    command += ["--build-dir", str(build_dir), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_taken_port_is_one_error_that_says_how_to_choose_another(build_dir: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = serve_command(build_dir, "--port", str(port))
    assert done.returncode == ServeError.exit_code
    assert f"Cannot listen on 127.0.0.1, port {port}: Address already in use." in done.stderr
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("host", "port", "message", "help_text"),
    [
        ("192.0.2.1", 0, r"Cannot listen on 192\.0\.2\.1, port 0: ", "--host"),
        ("no.such.host.invalid", 0, r"Cannot listen on no\.such\.host\.invalid", "--host"),
        ("", 0, "'' is not an address", "--host"),
        ("127.0.0.1", 70_000, "70000 is not a TCP port", "from 0 to 65535"),
    ],
)
def test_an_address_that_is_not_available_is_an_error(
    host: str, port: int, message: str, help_text: str
) -> None:
    with pytest.raises(ServeError, match=message) as caught:
        listen(host, port)
    assert help_text in caught.value.help


def test_a_port_without_permission_is_an_error_that_says_which_ports_are_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refusing(socket.socket):
        """The error for port 80 without root rights."""

        def bind(self, _: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("conda_emscripten.serve.socket.socket", Refusing)
    with pytest.raises(ServeError, match="port 80: Permission denied") as caught:
        listen("127.0.0.1", 80)
    assert "Ports below 1024 need root" in caught.value.help


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("::", "http://[::1]:8000/"),
    ],
)
def test_the_first_lines_name_the_pages_to_open(host: str, address: str) -> None:
    assert welcome(Path("build"), host, 8000).splitlines() == [
        "Serving build. Stop with Ctrl+C.",
        f"  Home page  {address}",
        f"  Console    {address}console.html",
        f"  Packages   {address}channel/",
    ]


def test_notebooks_beside_the_site_are_served_and_named(build_dir: Path) -> None:
    with running(create_app(build_dir)) as address:
        assert httpx.get(f"{address}/notebook/").status_code == 404
        (build_dir / "notebook").mkdir()
        (build_dir / "notebook" / "index.html").write_text("notebooks")
        assert httpx.get(f"{address}/notebook/").text == "notebooks"
    last = welcome(build_dir, "127.0.0.1", 8000).splitlines()[-1]
    assert last == "  Notebooks  http://127.0.0.1:8000/notebook/"


def test_serve_prints_its_addresses_and_stops_quietly_when_interrupted(build_dir: Path) -> None:
    command = [sys.executable, "-m", "conda_emscripten", "serve", "--root", str(ROOT)]
    with subprocess.Popen(
        [*command, "--build-dir", str(build_dir), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(4)]
        address = re.search(r"http://[\d.]+:\d+", lines[1])
        assert address is not None
        assert httpx.get(f"{address[0]}/pyodide.mjs").text == "// module"
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=10)
    assert server.returncode == 0
    assert errors == ""
