"""Does nginx, with the configuration in channel/hosting, serve what browsers and conda want?"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import yaml
import zstandard

from conda_emscripten.compress import compress_bundles
from conda_emscripten.environment import create_environment
from conda_emscripten.publish import channel_files, publish
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.nginx import nginx, program
from tests.harness.page import Page


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site and the published channel below it, served by nginx."""
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    require(any(packages.glob("numpy-*.conda")), "no numpy in build/channel: run make quickstart")
    executable = program()
    require(executable is not None, "neither nginx nor apt-get, which would bring it")
    assert executable is not None
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


def test_every_file_has_the_headers_that_publish_gives_it_elsewhere(host: str) -> None:
    for file in channel_files(BUILD_DIR / "channel"):
        answer = httpx.head(f"{host}/channel/{file.name}")
        assert answer.status_code == 200, file.name
        assert answer.headers["cache-control"] == file.headers["Cache-Control"], file.name
        found = answer.headers["content-type"].partition(";")[0]
        assert found == file.headers["Content-Type"], file.name
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_the_site_s_files_have_the_types_that_browsers_insist_on(host: str) -> None:
    for name, expected in {
        "solver.wasm": "application/wasm",
        "pyodide.mjs": "text/javascript",
        "console.html": "text/html",
        "console.css": "text/css",
    }.items():
        answer = httpx.head(f"{host}/{name}")
        assert answer.headers["content-type"].partition(";")[0] == expected
        assert answer.headers["cross-origin-embedder-policy"] == "require-corp"


def test_a_missing_file_may_be_asked_for_from_everywhere(host: str) -> None:
    answer = httpx.get(f"{host}/channel/noarch/nothing.json")
    assert answer.status_code == 404
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-cache"


def test_parts_and_what_has_not_changed(host: str) -> None:
    (name,) = names("noarch", ".lz4b")[-1:]
    url, path = f"{host}/channel/noarch/{name}", BUILD_DIR / "channel" / "noarch" / name
    # As it is: what is sent as zstd has another etag.
    headers = {"accept-encoding": "gzip"}
    answer = httpx.get(url, headers={**headers, "range": "bytes=100-199"})
    assert answer.status_code == 206
    assert answer.content == path.read_bytes()[100:200]
    again = httpx.get(url, headers={**headers, "if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_bundle_comes_as_zstd_to_who_takes_it_whole(host: str) -> None:
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


def test_text_comes_compressed(host: str) -> None:
    ready = httpx.get(f"{host}/channel/lock.json", headers={"accept-encoding": "gzip"})
    assert ready.headers["content-encoding"] == "gzip"
    assert "content-length" in ready.headers  # the file that lay beside it, not one made now
    assert ready.json() == json.loads((BUILD_DIR / "channel" / "lock.json").read_text())
    other = httpx.get(f"{host}/channel/channeldata.json", headers={"accept-encoding": "gzip"})
    assert other.headers["content-encoding"] == "gzip"
    assert other.headers["vary"] == "Accept-Encoding"
    plain = httpx.get(f"{host}/channel/lock.json", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_a_page_loads_numpy_from_it(host: str, chromium_tabs: Callable[[str], Page]) -> None:
    page = chromium_tabs(f"{host}/channel/")
    shown = page.run_js(f"""
        const {{ loadPyodide }} = await import("{host}/pyodide.mjs");
        const pyodide = await loadPyodide({{ indexURL: "{host}/" }});
        await pyodide.loadPackage("numpy ~=2.0");
        return pyodide.runPython("import numpy; int(numpy.arange(5).sum())");
    """)
    assert shown == 10
    assert page.run_js("return crossOriginIsolated") is True
    page.close()


def test_rattler_installs_from_it(host: str, tmp_path: Path) -> None:
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


def test_the_workflow_for_pages_runs_commands_that_exist() -> None:
    text = (ROOT / "channel" / "hosting" / "github-pages.yml").read_text()
    steps = yaml.safe_load(text)["jobs"]["publish"]["steps"]
    commands = "\n".join(step.get("run", "") for step in steps)
    assert "make quickstart" in commands
    assert "conda-emscripten publish _site/channel" in commands
