"""Does build/npm take the place of pyodide in Node and in bundled applications?"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from conda_emscripten.npm_package import CHANNEL_FILES
from tests.frontends.bundled import BUNDLERS, PAGE, build, run
from tests.frontends.document import blocks, write_files
from tests.frontends.installed import NPM_PACKAGE
from tests.harness.built import BUILD_DIR, ROOT, require, require_packages
from tests.harness.server import new_port, other_origin, running, wait_for_port
from tests.harness.tabs import OpenTab

#: JavaScript: whether the application has written all of its output.
DONE = "document.querySelector('#output').textContent === '42[0 1 2]'"

#: npm packs these files whether or not they are among ``files``.
ALWAYS_PACKED = {"LICENSE", "README.md", "package.json"}


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An application beside a checkout, after the first command of the page."""
    require((NPM_PACKAGE / "package.json").is_file(), "no build/npm: run make quickstart")
    folder = tmp_path_factory.mktemp("linked")
    (folder / "conda-emscripten").symlink_to(ROOT)
    application = folder / "application"
    application.mkdir()
    (application / "package.json").write_text('{ "private": true }')
    run(blocks(PAGE, "Use it from npm"), application)
    return application


def test_node_imports_and_requires_it(linked: Path, site: str) -> None:
    require_packages("numpy")
    section = blocks(PAGE, "Node", site=site)
    write_files(section, linked)
    assert run(section, linked).splitlines()[-2:] == ["314.0.7 [0 1 2]", "42"]


@pytest.mark.usefixtures("npm_package")
@pytest.mark.parametrize("bundler", BUNDLERS)
def test_a_bundled_application_runs(
    bundler: str, chromium_tabs: OpenTab, site: str, tmp_path: Path
) -> None:
    require_packages("numpy")
    with running(other_origin(build(bundler, tmp_path, site))) as address:
        page = chromium_tabs(f"{address}/index.html")
        page.wait_until(DONE)
        page.close()


def test_vites_development_server_needs_no_configuration(
    linked: Path, frontend_modules: Path, chromium_tabs: OpenTab, site: str
) -> None:
    require_packages("numpy")
    write_files(blocks(PAGE, "Vite", site=site), linked)
    with new_port() as listener:
        port = listener.getsockname()[1]
    vite = str(frontend_modules / ".bin" / "vite")
    command = [vite, "--host=127.0.0.1", f"--port={port}", "--strictPort"]
    with subprocess.Popen(command, cwd=linked, stderr=subprocess.PIPE, text=True) as server:
        try:
            wait_for_port(server, port)
            page = chromium_tabs(f"http://127.0.0.1:{port}/")
            page.wait_until(DONE)
            page.close()
        finally:
            server.kill()


@pytest.fixture(scope="module")
def packed() -> set[str]:
    """The files that ``npm pack`` puts into the package."""
    require((NPM_PACKAGE / "package.json").is_file(), "no build/npm: run make quickstart")
    command = ["npm", "pack", "--dry-run", "--json"]
    done = subprocess.run(command, cwd=NPM_PACKAGE, check=True, capture_output=True, text=True)
    [package] = json.loads(done.stdout)
    return {file["path"] for file in package["files"]}


def test_npm_packs_the_listed_files_and_no_other(packed: set[str]) -> None:
    listed = set(json.loads((NPM_PACKAGE / "package.json").read_text())["files"])
    assert packed == listed | ALWAYS_PACKED
    assert not listed & ALWAYS_PACKED


def test_the_site_knows_the_digest_of_each_packed_file(packed: set[str]) -> None:
    """In integrity.json, and those of bundles in the default lock. The locks are in no lock."""
    known = set(json.loads((BUILD_DIR / "dist" / "integrity.json").read_text())["files"].values())
    lock = json.loads((BUILD_DIR / "channel" / "default-lock.json").read_text())
    bundles = [package["bundle_sha256"] for package in lock["packages"] if package.get("bundle")]
    for package in lock["packages"]:
        bundles += [part["sha256"] for part in package.get("bundle_parts", ())]
    known |= {integrity(bytes.fromhex(digest)) for digest in bundles}
    locks = {"pyodide-lock.json", *(f"channel/{name}" for name in CHANNEL_FILES)}
    files = packed - ALWAYS_PACKED - locks
    assert len(files) > 10
    digests = {file: hashlib.sha256((NPM_PACKAGE / file).read_bytes()).digest() for file in files}
    assert {file for file, digest in digests.items() if integrity(digest) not in known} == set()


def integrity(digest: bytes) -> str:
    """A sha256 as in HTML's ``integrity``."""
    return f"sha256-{base64.b64encode(digest).decode()}"


@pytest.mark.usefixtures("npm_package")
def test_its_version_is_one_that_the_webpack_plugin_accepts(frontend_modules: Path) -> None:
    command = ["npm", "ls", "--json", "@pyodide/webpack-plugin", "pyodide"]
    done = subprocess.run(
        command, cwd=frontend_modules.parent, check=False, capture_output=True, text=True
    )
    assert "invalid" not in done.stdout, done.stdout
    assert "webpack-plugin" in done.stdout
