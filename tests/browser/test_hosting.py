"""Do the commands and files of docs/hosting.md do what the page says?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.channels import index
from tests.harness.packages import write_package
from tests.harness.page import TIMEOUT, JavaScriptError, Page
from tests.harness.server import without_headers
from tests.harness.tabs import OpenTab

TEXT = (ROOT / "docs" / "hosting.md").read_text()


def test_the_commands_make_a_folder_with_site_and_channel(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    shutil.copy(ROOT / "conda_build_config.yaml", tmp_path)
    channel, dist = tmp_path / "build" / "channel", tmp_path / "build" / "dist"
    package = write_package(channel, "data", "1.0", depends=())
    index(channel)
    dist.mkdir()
    (dist / "index.html").write_text("home")
    (dist / "channel").symlink_to("../channel")
    [commands] = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euxc", commands], cwd=tmp_path, env={**os.environ, "PATH": path}, check=True
    )
    site = tmp_path / "_site"
    assert (site / "index.html").read_text() == "home"
    assert not (site / "channel").is_symlink()
    published = site / "channel" / "noarch" / package.name
    assert published.read_bytes() == package.read_bytes()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """The page of the document in a folder beside the site, on a host that sends no headers."""
    require((BUILD_DIR / "dist" / "index.html").is_file(), "no build/dist: run make quickstart")
    (tmp_path / "site").symlink_to(BUILD_DIR / "dist")
    (tmp_path / "own").mkdir()
    for name, content in re.findall(
        r"```(?:js|html)\n(?://|<!--) ([\w.]+)(?: -->)?\n(.*?)```", TEXT, re.DOTALL
    ):
        (tmp_path / "own" / name).write_text(content)
    with without_headers(tmp_path) as address:
        yield address


def is_isolated(page: Page) -> bool:
    try:
        return bool(
            page.run_js("return crossOriginIsolated && document.readyState === 'complete';")
        )
    except (JavaScriptError, WebDriverException):
        return False  # the page is loading itself again


def test_a_page_is_isolated_without_headers(open_url: OpenTab, host: str) -> None:
    """Interrupts and input, which need the isolation, have tests of their own."""
    page = open_url(f"{host}/own/page.html")
    deadline = time.monotonic() + TIMEOUT
    while not is_isolated(page):
        assert time.monotonic() < deadline, page.read_console()
        time.sleep(0.1)
    assert page.run_js("return new SharedArrayBuffer(8).byteLength;") == 8
