"""Does the page of a channel show the packages, on a desktop and on a phone?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from conda_emscripten.catalogue import Entry, write_catalogue
from tests.harness.built import BUILD_DIR, require
from tests.harness.chromium import ChromiumPage, chromium, missing
from tests.harness.page import Page
from tests.harness.server import running, site

SHOTS = BUILD_DIR / "screenshots"


def entry(name: str, version: str = "1.0", *, number: int = 0, **about: Any) -> Entry:
    return Entry(
        file=f"{name}-{version}-h_{number}.conda",
        record={
            "name": name,
            "version": version,
            "build": f"h_{number}",
            "build_number": number,
            "subdir": "noarch",
            "sha256": "0" * 64,
            "size": 123_456,
            "timestamp": 1_763_900_000_000,
            "depends": ["python >=3.13", "numpy"],
        },
        about={"summary": f"What {name} does", "license": "MIT", **about},
        run_exports={},
        bundle_size=234_567,
    )


@contextmanager
def page_of(channel: Path, width: int = 1000, path: str = "/many/index.html") -> Iterator[Page]:
    """The page of a channel in a new window, ``width`` pixels wide."""
    require(not missing(), "no Chromium in PATH: apt-get install chromium chromium-driver")
    app = site(BUILD_DIR, many=channel)
    with running(app) as address, chromium() as driver:
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
        page = ChromiumPage(driver, "about:blank")
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.get(address + path)
        page.wait_until("!document.getElementById('count').textContent.startsWith('Loading')")
        yield page


def names(page: Page) -> list[str]:
    shown: list[str] = page.run_js(
        "return Array.from(document.querySelectorAll('.package .name'), (name) => name.textContent)"
    )
    return shown


def search(page: Page, text: str) -> str:
    """Type into the search field; returns the page's text on the number of packages."""
    return str(
        page.run_js(f"""
            const field = document.getElementById("query");
            field.value = {json.dumps(text)};
            field.dispatchEvent(new Event("input"));
            return document.getElementById("count").textContent;
        """)
    )


@pytest.mark.parametrize("width", [390, 1000])
def test_the_channel_s_own_page(width: int) -> None:
    require((BUILD_DIR / "channel/index.html").is_file(), "no build/channel: run make quickstart")
    with page_of(BUILD_DIR / "channel", width, "/channel/") as page:
        assert "numpy" in names(page)
        assert "libffi" not in names(page)  # the package has no files for a page
        page.run_js("document.querySelector('#numpy summary').click(); return null;")
        page.wait_until("document.querySelector('#numpy tbody tr') !== null")
        page.screenshot(SHOTS / f"channel-{width}.png")
        text = str(page.run_js("return document.querySelector('#numpy').textContent"))
        assert "BSD-3-Clause" in text
        assert "python_abi 3.13.* *_cp313" in text
        link = page.run_js("return document.querySelector('#numpy .try').href")
        assert str(link).endswith("/console.html?package=numpy")
        # No element overflows the window, and no word is broken.
        assert page.run_js("return document.documentElement.scrollWidth <= innerWidth")
        assert page.run_js("""
            const { scrollWidth, clientWidth } = document.querySelector("#numpy .table");
            const lines = Array.from(document.querySelectorAll("#numpy td a, #numpy .build"));
            return scrollWidth === clientWidth && lines.every((line) => line.offsetHeight < 30);
        """)
        assert page.read_console() == []


def test_thousands_of_packages_are_searched(tmp_path: Path) -> None:
    (tmp_path / "noarch").mkdir()
    packages = [entry(f"package-{number}") for number in range(5000)]
    write_catalogue(tmp_path, {"noarch": [*packages, entry("zlib", summary="Compression")]})
    with page_of(tmp_path) as page:
        assert search(page, "") == "5001 packages, the first 200 are shown"
        assert len(names(page)) == 200
        assert search(page, "zlib") == "1 package"
        assert search(page, "COMPRESS") == "1 package"
        assert names(page) == ["zlib"]
        search(page, "package-49")
        assert names(page)[0] == "package-49"  # the exact name comes first


def test_the_newest_version_is_first_and_text_stays_text(tmp_path: Path) -> None:
    (tmp_path / "noarch").mkdir()
    evil = "<img src=x onerror=document.title='hit'>"
    versions = [entry("a", "1.9"), entry("a", "1.10", number=1, home="javascript:alert(1)")]
    bad = entry("b", "1.0", summary=evil, license=evil)
    write_catalogue(tmp_path, {"noarch": [*versions, bad]})
    with page_of(tmp_path, path="/many/index.html#a") as page:
        page.wait_until("document.querySelector('#a tbody tr') !== null")
        cells = page.run_js(
            "return Array.from(document.querySelectorAll('#a td a'), (a) => a.textContent)"
        )
        assert cells == ["1.10", "1.9"]
        assert page.run_js("return document.querySelector('#a .facts a[rel]')") is None
        search(page, "b")
        page.run_js("document.querySelector('#b summary').click(); return null;")
        page.wait_until("document.querySelector('#b tbody tr') !== null")
        assert page.run_js("return document.title") != "hit"
        assert evil in str(page.run_js("return document.querySelector('#b').textContent"))


def test_a_missing_list_is_an_error_message(tmp_path: Path) -> None:
    write_catalogue(tmp_path, {})
    (tmp_path / "packages.json").unlink()
    with page_of(tmp_path) as page:
        text = str(page.run_js("return document.getElementById('count').textContent"))
        assert "the server answers 404" in text
        assert "conda-emscripten index" in text


def test_try_it_leads_to_a_console_with_the_package(open_page: Callable[[str], Page]) -> None:
    page = open_page("/console.html?package=six")
    page.wait_until("document.getElementById('status').dataset.state === 'ready'")
    rows = "document.querySelector('.xterm-rows').textContent"
    page.wait_until(f"{rows}.includes('loadPackage(\"six\")')")
    page.press("type(pyodide_js.loadedPackages.six).__name__ * 2" + Keys.ENTER)
    page.wait_until(f"{rows}.includes('strstr')")
    page.screenshot(SHOTS / "console-package.png")
