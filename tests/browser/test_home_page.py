"""Do the home page and the documentation of the site work in a browser?"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from conda_emscripten.serve import create_app
from tests.harness import server
from tests.harness.built import BUILD_DIR, require
from tests.harness.package_cache import wait_until_cached
from tests.harness.page import Page
from tests.harness.server import Counter, running, without_headers
from tests.harness.tabs import OpenTab

OpenPage = Callable[[str], Page]


class Home:
    """A tab with the home page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def run(self, heading: str, code: str | None = None) -> None:
        """Put code into the example with a heading's id, or leave its own; click Run; wait."""
        self.page.run_js(f"""
            const article = document.getElementById({json.dumps(heading)}).closest("article");
            const code = {json.dumps(code)};
            if (code !== null) article.querySelector("textarea").value = code;
            article.querySelector("button").click();
        """)
        self.wait()

    def wait(self) -> None:
        """Wait until no example runs."""
        self.page.wait_until("document.querySelector('[aria-disabled=true]') === null")
        time.sleep(0.05)  # printed lines are shown together

    def text(self, heading: str, part: str) -> str:
        """The text of an example's ``.output``, ``.error`` or ``.status``."""
        article = f"document.getElementById({json.dumps(heading)}).closest('article')"
        return str(self.page.run_js(f"return {article}.querySelector('{part}').textContent;"))


def complaints(page: Page) -> list[str]:
    """The browser's messages about this page; Chromium's log also has those of other tabs."""
    origin = str(page.run_js("return location.origin;"))
    lines = page.read_console()
    return [line for line in lines if "http://" not in line or origin in line]


@pytest.fixture
def home(open_page: OpenPage) -> Home:
    return Home(open_page("/"))


def test_plain_python_prints_and_shows_its_value(home: Home) -> None:
    home.run("plain")
    assert home.text("plain", ".error") == ""
    assert home.text("plain", ".output").splitlines() == [
        "o ████",
        "e ███",
        "t ██",
        "'Python 3.13.5 on emscripten'",
    ]
    status = home.text("plain", ".status")
    pattern = r"Started Python 3\.13\.5 in [\d.]+ m?s, \d+\.\d MB\. Ran in [\d.]+ m?s\."
    assert re.fullmatch(pattern, status), status
    assert complaints(home.page) == []


def test_numpy_comes_from_the_channel_with_its_size_and_time(home: Home) -> None:
    shown = """
        window.shown = [];
        const bar = document.querySelectorAll("progress")[1];
        new MutationObserver(() => bar.hidden || shown.push(bar.value / bar.max)).observe(
            bar, { attributes: true });
    """
    home.page.run_js(shown)
    home.run("numpy")
    assert home.text("numpy", ".error") == ""
    lines = home.text("numpy", ".output").splitlines()
    assert re.fullmatch(r"300 equations: [\d.]+ ms", lines[0])
    assert lines[1] == "exact to 8 digits: True"
    assert re.fullmatch(r"'NumPy \d+\.\d+\.\d+'", lines[2])
    status = home.text("numpy", ".status")
    assert re.search(r"Loaded [\w, -]*numpy[\w, -]* in [\d.]+ m?s, \d+\.\d MB\.", status), status
    shares = home.page.run_js("return window.shown;")
    assert shares and max(shares) == 1
    assert complaints(home.page) == []


def test_numpy_draws_the_mandelbrot_set_and_a_click_zooms(home: Home) -> None:
    pixels = """
        const canvas = document.getElementById("picture");
        const { width, height } = canvas;
        const copy = new OffscreenCanvas(width, height).getContext("2d");
        copy.drawImage(canvas, 0, 0);
        const { data } = copy.getImageData(0, 0, width, height);
        const at = (x, y) => Array.from(data.slice(4 * (y * width + x)).slice(0, 4));
        const colors = new Set(new Uint32Array(data.buffer)).size;
        return [at(width / 2, height / 2), at(width * 0.9, height / 2), colors];
    """
    home.run("canvas")
    assert home.text("canvas", ".error") == ""
    assert home.text("canvas", ".output") == ""
    inside, outside, colors = home.page.run_js(pixels)
    assert inside == [0, 0, 0, 255]  # -0.6 is in the set
    assert outside[:3] != [0, 0, 0] and outside[3] == 255
    assert colors > 30
    home.page.run_js("""
        const canvas = document.getElementById("picture");
        canvas.scrollIntoView();
        const { left, top, width, height } = canvas.getBoundingClientRect();
        const at = { clientX: left + width * 0.9, clientY: top + height / 2, bubbles: true };
        canvas.dispatchEvent(new MouseEvent("click", at));
    """)
    middle, *_ = home.page.run_js(pixels)
    assert middle == outside  # the point under the pointer is in the middle
    assert complaints(home.page) == []


def test_edited_code_runs_by_keys(home: Home) -> None:
    home.page.run_js("""
        const field = document.querySelector("textarea");
        field.focus();
        field.select();
    """)
    home.page.press("print(6 * 7)")
    home.page.press(Keys.ENTER, control=True)
    home.wait()
    assert home.text("plain", ".output") == "42\n"
    home.run("plain", "import asyncio\nawait asyncio.sleep(0.01, result='slept')")
    assert home.text("plain", ".output") == "'slept'\n"


def test_each_run_has_variables_of_its_own(home: Home) -> None:
    home.run("plain", "x = 1")
    home.run("plain", "x")
    assert "NameError: name 'x' is not defined" in home.text("plain", ".error")


def test_an_exception_is_shown_with_the_line_that_raised(home: Home) -> None:
    home.run("plain", "def f():\n    return 1 / 0\n\nprint('before')\nf()")
    assert home.text("plain", ".output") == "before\n"
    lines = home.text("plain", ".error").splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "    return 1 / 0" in lines
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert not any("_code.py" in line for line in lines)
    home.run("plain", "x = = 2")
    assert home.text("plain", ".error").endswith("SyntaxError: invalid syntax")
    home.run("plain", "import sys; sys.exit(3)")
    assert home.text("plain", ".error").endswith("SystemExit: 3")
    home.run("plain", "1 + 1")
    assert (home.text("plain", ".output"), home.text("plain", ".error")) == ("2\n", "")


def test_a_missing_package_is_one_message_with_a_link(home: Home) -> None:
    home.run("numpy", "import no_such_module")
    assert home.text("numpy", ".error") == (
        "Neither Python nor a package of the channel has the module “no_such_module”."
        "Browse the packages that this site has, or build its recipe."
    )


def test_much_output_leaves_the_page_usable(home: Home) -> None:
    home.run("plain", "for i in range(200_000): print(i)")
    output = home.text("plain", ".output")
    assert len(output) <= 20_000
    assert output.endswith("\n199999\n")


def test_without_a_channel_there_is_one_message_and_a_later_run_succeeds(
    open_url: OpenTab, tmp_path: Path
) -> None:
    require((BUILD_DIR / "dist" / "index.html").is_file(), "no build/dist: run make quickstart")
    shutil.copytree(BUILD_DIR / "dist", tmp_path / "dist", symlinks=True)
    with running(create_app(tmp_path)) as address:
        home = Home(open_url(f"{address}/"))
        home.run("plain", "1 + 1")
        error = home.text("plain", ".error")
        assert "/channel/" in error
        assert home.text("plain", ".status") == ""
        assert home.text("plain", ".output") == ""
        (tmp_path / "channel").symlink_to(BUILD_DIR / "channel")
        home.run("plain", "1 + 1")
        assert home.text("plain", ".error") == ""
        assert home.text("plain", ".output") == "2\n"


@pytest.mark.parametrize("number", [0, 1], ids=["script", "module"])
def test_the_snippets_work_as_they_are_shown(
    home: Home, open_url: OpenTab, tmp_path: Path, number: int
) -> None:
    code = home.page.run_js(
        f"return document.querySelectorAll('.snippet code')[{number}].textContent;"
    )
    address = home.page.run_js("return location.origin;")
    assert f'"{address}/pyodide.' in str(code)
    file = tmp_path / "saved.html"
    file.write_text(str(code))
    page = open_url(file.as_uri())
    output = "document.getElementById('output').textContent"
    page.wait_until(f"!{output}.startsWith('Python starts')")
    assert page.run_js(f"return {output};") == "[ 0  1  4  9 16 25 36 49 64 81]"


def test_the_page_opens_and_runs_while_its_server_is_stopped(open_url: OpenTab) -> None:
    require((BUILD_DIR / "dist" / "index.html").is_file(), "no build/dist: run make quickstart")
    counter = Counter(create_app(BUILD_DIR))
    with running(counter) as address:
        home = Home(open_url(f"{address}/"))
        home.run("numpy")
        home.page.run_js("await navigator.serviceWorker.ready; return null;")
        wait_until_cached(home.page, counter, BUILD_DIR)
    again = Home(open_url(f"{address}/"))
    again.run("numpy")
    assert again.text("numpy", ".error") == ""
    assert "exact to 8 digits: True" in again.text("numpy", ".output")
    docs = open_url(f"{address}/docs/reference/cli.html")
    assert docs.run_js("return document.querySelector('h1').textContent;").startswith("The command")
    drawer = "return getComputedStyle(document.querySelector('.sidebar-drawer')).display;"
    assert docs.run_js(drawer) == "flex"


@pytest.mark.parametrize("is_made", [True, False])
def test_the_card_of_the_notebooks_leads_to_them_or_to_their_page(
    open_url: OpenTab, tmp_path: Path, is_made: bool
) -> None:
    require((BUILD_DIR / "dist" / "index.html").is_file(), "no build/dist: run make quickstart")
    if is_made:
        (tmp_path / "index.html").write_text("<!doctype html><title>Notebooks</title>")
    expected = "/notebook/index.html" if is_made else "/docs/use-from/jupyterlite.html"
    with running(server.site(BUILD_DIR, notebook=tmp_path)) as address:
        page = open_url(f"{address}/pyodide.mjs")
        page.open_frame("/")
        page.run_js("frames[0].document.querySelector('[data-notebook]').click();")
        page.wait_until(f"frames[0].location.pathname === {expected!r}")


@pytest.fixture
def plain_server(tmp_path: Path) -> Iterator[str]:
    """The site in a folder of a server that sends only the header Content-Type."""
    require((BUILD_DIR / "dist" / "index.html").is_file(), "no build/dist: run make quickstart")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "site").symlink_to(BUILD_DIR / "dist")
    with without_headers(tmp_path) as address:
        yield f"{address}/deep/site/"


def test_the_site_works_on_any_static_server_in_any_folder(
    plain_server: str, open_url: OpenTab
) -> None:
    home = Home(open_url(plain_server))
    assert home.page.run_js("return document.querySelector('[data-site]').textContent;") == (
        plain_server
    )
    home.run("numpy")
    assert home.text("numpy", ".error") == ""
    assert "exact to 8 digits: True" in home.text("numpy", ".output")


def test_every_link_of_the_site_leads_somewhere(plain_server: str) -> None:
    """Follows the links from page to page, on a server without rules for this site."""
    seen: dict[str, str] = {}
    broken: list[str] = []
    pending = [(plain_server, plain_server + "index.html")]
    with httpx.Client() as client:
        while pending:
            origin, link = pending.pop()
            url, anchor = urldefrag(link)
            if url not in seen:
                answer = client.get(url)
                is_page = answer.headers["content-type"].startswith("text/html")
                seen[url] = answer.text if answer.is_success and is_page else ""
                if not answer.is_success:
                    broken.append(f"{origin}: {link}")
                links = re.findall(r'<(?!base )[^>]+ (?:href|src)="([^"]+)"', seen[url])
                base = re.search(r'<base href="([^"]+)"', seen[url])
                start = urljoin(url, base[1]) if base else url
                targets = (urljoin(start, unescape(target)) for target in links)
                pending += [(url, target) for target in targets if target.startswith(plain_server)]
            if anchor and f'id="{anchor}"' not in seen[url]:
                broken.append(f"{origin}: {link}")
    assert broken == []
    names = {url.removeprefix(plain_server) for url in seen}
    assert {"console.html", "channel/index.html", "docs/reference/javascript.html"} <= names
    assert {"gallery/table.html", "gallery/source/table.html"} <= names


def test_documents_open_without_errors_in_the_console(open_page: OpenPage) -> None:
    for path in ("index.html", "benchmarks.html", "reference/javascript.html"):
        page = open_page(f"/docs/{path}")
        assert page.run_js("return document.querySelectorAll('h1').length;") == 1
        assert page.run_js("""
            const [theme] = [...document.styleSheets].filter((s) => /furo\\.css/.test(s.href));
            return theme.cssRules.length > 100;
        """)
        assert complaints(page) == []


def test_headings_fields_and_buttons_have_names_in_order(home: Home) -> None:
    levels = home.page.run_js(
        "return Array.from(document.querySelectorAll('h1, h2, h3'), (h) => Number(h.tagName[1]));"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    unnamed = home.page.run_js("""
        const wanted = document.querySelectorAll("textarea, button, canvas, progress, nav");
        return Array.from(wanted)
            .filter((one) => !one.ariaLabel && !one.textContent.trim())
            .map((one) => one.outerHTML);
    """)
    assert unnamed == []
    live = "return document.querySelectorAll('.output[aria-live], .error[role=alert]').length;"
    assert home.page.run_js(live) == 6
