"""Does nginx, with the configuration in channel/hosting, serve browsers and conda?"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard

from conda_emscripten import channel_layout
from conda_emscripten.compress import compress_bundles, compress_start
from conda_emscripten.environment import create_environment
from conda_emscripten.publish import channel_files, publish
from conda_emscripten.snapshot_store import add_snapshot
from tests.harness.built import BUILD_DIR, require
from tests.harness.channels import index
from tests.harness.nginx import nginx, program
from tests.harness.packages import write_package
from tests.harness.page import Page
from tests.harness.published import contents
from tests.harness.snapshots import PAGE, snapshot


@pytest.fixture(scope="module")
def executable() -> Path:
    found = program()
    require(found is not None, "no nginx, and no apt-get that downloads the package")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def host(executable: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site and the published channel below it, served by nginx."""
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    require(any(packages.glob("numpy-*.conda")), "no numpy in build/channel: run make quickstart")
    root = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("channel")
    shutil.copytree(BUILD_DIR / "dist", root, dirs_exist_ok=True, ignore=ignored)
    publish(BUILD_DIR / "channel", str(root / "channel"))
    compress_bundles(root / "channel")
    lock = root / "channel" / "lock.json"
    lock.with_name("lock.json.gz").write_bytes(gzip.compress(lock.read_bytes(), 9))
    root.chmod(0o755)
    with nginx(executable, root) as address:
        yield address


def bundle_of(name: str) -> bytes:
    return (BUILD_DIR / "channel" / "noarch" / name).read_bytes()


def names(subdir: str, suffix: str) -> list[str]:
    return sorted(path.name for path in (BUILD_DIR / "channel" / subdir).glob(f"*{suffix}"))


def test_every_kind_of_file_has_the_headers_of_the_table(executable: Path, tmp_path: Path) -> None:
    """Without a build: a small channel that has each kind."""
    channel, root = tmp_path / "made", tmp_path / "root"
    (channel / "emscripten-wasm32").mkdir(parents=True)
    write_package(channel, "python", "1.0")
    write_package(channel, "six", "1.0", {"share/six": bytes(range(256)) * 4096})
    index(channel)
    lock = json.loads((channel / "default-lock.json").read_text())
    add_snapshot(channel, "six", snapshot(bytes(PAGE), lock), ["six"])
    compress_bundles(channel)
    compress_start(channel)
    publish(channel, str(root / "channel"))
    kinds = set()
    with nginx(executable, root) as address:
        for name in contents(root / "channel"):
            answer = httpx.head(f"{address}/channel/{name}")
            found = answer.headers["content-type"].partition(";")[0]
            sent = {"Content-Type": found, "Cache-Control": answer.headers["cache-control"]}
            assert answer.status_code == 200, name
            assert sent == channel_layout.headers(name), name
            row = channel_layout.file_type(name)
            assert row is not None
            kinds.add(row)
    assert kinds == set(channel_layout.FILES)


def test_every_built_file_has_the_headers_that_publish_gives_a_bucket(host: str) -> None:
    for file in channel_files(BUILD_DIR / "channel"):
        answer = httpx.head(f"{host}/channel/{file.name}")
        assert answer.status_code == 200, file.name
        assert answer.headers["cache-control"] == file.headers["Cache-Control"], file.name
        found = answer.headers["content-type"].partition(";")[0]
        assert found == file.headers["Content-Type"], file.name
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_site_s_files_have_the_types_that_browsers_require(host: str) -> None:
    for name, expected in {
        "solver.wasm": "application/wasm",
        "pyodide.mjs": "text/javascript",
        "console.html": "text/html",
        "console.css": "text/css",
    }.items():
        answer = httpx.head(f"{host}/{name}")
        assert answer.headers["content-type"].partition(";")[0] == expected
        assert answer.headers["cross-origin-embedder-policy"] == "require-corp"


def test_pages_of_other_sites_see_that_a_file_is_missing(host: str) -> None:
    answer = httpx.get(f"{host}/channel/noarch/nothing.json")
    assert answer.status_code == 404
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-cache"


def test_a_range_is_sent_and_an_unchanged_file_is_not(host: str) -> None:
    (name,) = names("noarch", ".lz4b")[-1:]
    url, path = f"{host}/channel/noarch/{name}", BUILD_DIR / "channel" / "noarch" / name
    # The zstd variant has another ETag.
    headers = {"accept-encoding": "gzip"}
    answer = httpx.get(url, headers={**headers, "range": "bytes=100-199"})
    assert answer.status_code == 206
    assert answer.content == path.read_bytes()[100:200]
    again = httpx.get(url, headers={**headers, "if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_clients_that_accept_zstd_get_whole_bundles_as_zstd(host: str) -> None:
    (name,) = names("noarch", ".lz4b")[-1:]
    url, content = f"{host}/channel/noarch/{name}", bundle_of(name)
    browser = {"accept-encoding": "gzip, deflate, br, zstd"}
    with httpx.stream("GET", url, headers=browser) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "zstd"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["access-control-allow-origin"] == "*"
    assert len(packed) < len(content)
    assert zstandard.decompress(packed) == content
    for headers in (
        {"accept-encoding": "gzip, br"},
        {"accept-encoding": "zstd;q=0"},
        {**browser, "range": "bytes=0-"},
    ):
        plain = httpx.get(url, headers=headers)
        assert "content-encoding" not in plain.headers, headers
        assert plain.content == content


def test_clients_that_accept_brotli_get_what_every_page_fetches_as_brotli(host: str) -> None:
    lock = json.loads((BUILD_DIR / "channel" / "lock.json").read_text())
    (python,) = (package for package in lock["packages"] if package["name"] == "python")
    bundle = f"channel/emscripten-wasm32/{python['bundle']}"
    browser = {"accept-encoding": "gzip, deflate, br, zstd"}
    for name, kind in {
        "pyodide.asm.wasm": "application/wasm",
        "pyodide.mjs": "text/javascript",
        "console.html": "text/html",
        bundle: "application/octet-stream",
    }.items():
        path = BUILD_DIR / ("" if name == bundle else "dist") / name
        with httpx.stream("GET", f"{host}/{name}", headers=browser) as answer:
            packed = b"".join(answer.iter_raw())
            assert answer.headers["content-encoding"] == "br", name
            assert answer.headers["content-type"].partition(";")[0] == kind
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
        assert brotli.decompress(packed) == path.read_bytes()
    part = httpx.get(f"{host}/{bundle}", headers={**browser, "range": "bytes=0-9"})
    assert part.content == (BUILD_DIR / bundle).read_bytes()[:10]


def test_text_is_compressed(host: str) -> None:
    ready = httpx.get(f"{host}/channel/lock.json", headers={"accept-encoding": "gzip"})
    assert ready.headers["content-encoding"] == "gzip"
    assert (
        "content-length" in ready.headers
    )  # the content of lock.json.gz: nginx did not compress the file itself
    assert ready.json() == json.loads((BUILD_DIR / "channel" / "lock.json").read_text())
    other = httpx.get(f"{host}/channel/channeldata.json", headers={"accept-encoding": "gzip"})
    assert other.headers["content-encoding"] == "gzip"
    assert other.headers["vary"] == "Accept-Encoding"
    plain = httpx.get(f"{host}/channel/lock.json", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_a_page_loads_numpy_from_nginx(host: str, chromium_tabs: Callable[[str], Page]) -> None:
    page = chromium_tabs(f"{host}/channel/")
    shown = page.run_js(f"""
        const {{ loadPyodide }} = await import("{host}/pyodide.mjs");
        const pyodide = await loadPyodide({{ api: "0.16", indexURL: "{host}/" }});
        await pyodide.loadPackage("numpy ~=2.0");
        return pyodide.runPython("import numpy; int(numpy.arange(5).sum())");
    """)
    assert shown == 10
    assert page.run_js("return crossOriginIsolated") is True
    page.close()


def test_rattler_installs_from_nginx(host: str, tmp_path: Path) -> None:
    installed = create_environment(
        tmp_path / "env",
        ["python", "numpy >=2"],
        channels=[f"{host}/channel"],
        platform="emscripten-wasm32",
        cache_dir=tmp_path / "cache",
    )
    assert any(line.startswith("numpy ") for line in installed)
    command = [str(tmp_path / "env" / "bin" / "python"), "-c", "import numpy; print(numpy.pi)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("3.14")
