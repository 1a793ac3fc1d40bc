"""Are sources fetched in the right order, verified, cached and resumed?"""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conda_emscripten.errors import SourceError
from conda_emscripten.mirrors import AptFile, PipFile, derive_mirror, load_mirrors
from conda_emscripten.sources import Source, SourceFetcher

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Upstream:
    """A web server with one file; records the requests."""

    url: str = ""
    ranges: list[str | None] = field(default_factory=list)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    state = Upstream()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            self.send_response(206 if wanted else 200)
            self.send_header("Content-Length", str(len(CONTENT) - start))
            self.end_headers()
            self.wfile.write(CONTENT[start:])

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/lib-1.0.tar.gz"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


@pytest.fixture
def fetcher(tmp_path: Path) -> SourceFetcher:
    return SourceFetcher(cache_dir=tmp_path / "cache", mirrors_file=tmp_path / "mirrors.yaml")


def test_a_source_is_downloaded_once(fetcher: SourceFetcher, upstream: Upstream) -> None:
    source = Source(urls=(upstream.url,), sha256=SHA256)
    first, second = fetcher.fetch(source), fetcher.fetch(source)
    assert first == second
    assert first.read_bytes() == CONTENT
    assert upstream.ranges == [None]


def test_threads_that_want_the_same_source_download_it_once(
    fetcher: SourceFetcher, upstream: Upstream
) -> None:
    source = Source(urls=(upstream.url,), sha256=SHA256)
    together = threading.Barrier(4)

    def fetch(_: int) -> bytes:
        together.wait()
        return fetcher.fetch(source).read_bytes()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert set(pool.map(fetch, range(4))) == {CONTENT}
    assert upstream.ranges == [None]


def test_an_interrupted_download_is_resumed(fetcher: SourceFetcher, upstream: Upstream) -> None:
    part = fetcher.cache_dir / "sources" / SHA256 / "lib-1.0.tar.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:1000])
    assert fetcher.fetch(Source(urls=(upstream.url,), sha256=SHA256)).read_bytes() == CONTENT
    assert upstream.ranges == ["bytes=1000-"]


def test_the_second_url_is_tried(fetcher: SourceFetcher, upstream: Upstream) -> None:
    urls = ("http://nowhere.invalid/lib-1.0.tar.gz", upstream.url)
    assert fetcher.fetch(Source(urls=urls, sha256=SHA256)).read_bytes() == CONTENT


def test_other_bytes_are_refused_and_not_cached(fetcher: SourceFetcher, upstream: Upstream) -> None:
    with pytest.raises(SourceError, match=f"sha256 is {SHA256}"):
        fetcher.fetch(Source(urls=(upstream.url,), sha256="0" * 64))
    assert [path for path in fetcher.cache_dir.rglob("*") if path.is_file()] == []


def test_a_damaged_cache_entry_is_fetched_again(fetcher: SourceFetcher, upstream: Upstream) -> None:
    source = Source(urls=(upstream.url,), sha256=SHA256)
    fetcher.fetch(source).write_bytes(b"damaged")
    assert fetcher.fetch(source).read_bytes() == CONTENT


def test_a_pypi_url_is_a_file_of_a_project() -> None:
    url = "https://pypi.io/packages/source/n/numpy/numpy-2.5.5.tar.gz"
    assert derive_mirror(url) == PipFile(project="numpy", file="numpy-2.5.5.tar.gz")


def test_an_apt_url_is_a_binary_package() -> None:
    assert derive_mirror("apt://trixie/make_4.4.1-2_amd64.deb") == AptFile(
        suite="trixie", package="make", file="make_4.4.1-2_amd64.deb", source=False
    )


def test_any_other_url_has_no_derived_mirror() -> None:
    assert derive_mirror("https://zlib.net/zlib-1.3.1.tar.gz") is None


def test_a_malformed_mirror_entry_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mirrors.yaml"
    file.write_text("https://zlib.net/zlib-1.3.1.tar.gz: {apt: zlib}\n")
    with pytest.raises(SourceError, match=r"zlib-1.3.1.tar.gz needs 'apt-source'"):
        load_mirrors(file)
