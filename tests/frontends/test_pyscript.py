"""Do the pages of docs/use-from/pyscript.md run, with PyScript as npm installs it?

The pages are served by a server of their own: the site is on another origin.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.frontends.pages import make
from tests.harness.page import Page
from tests.harness.server import other_origin, running
from tests.harness.tabs import OpenTab


def shown(page: Page, selector: str, text: str) -> str:
    """The text of all elements that ``selector`` finds, as soon as it contains ``text``."""
    texts = f"[...document.querySelectorAll({selector!r})].map((e) => e.textContent).join('')"
    page.wait_until(f"{texts}.includes({text!r})")
    return str(page.run_js(f"return {texts};"))


@pytest.fixture(scope="module")
def pages(site: str, frontend_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages of the document."""
    folder = tmp_path_factory.mktemp("pyscript")
    make("pyscript", folder, site=site, modules=frontend_modules)
    return folder


@pytest.fixture(scope="module")
def isolated(pages: Path) -> Iterator[str]:
    """The address of the pages, with the headers of cross-origin isolation."""
    with running(other_origin(pages)) as address:
        yield address


def test_the_page_of_the_document_runs(isolated: str, open_url: OpenTab) -> None:
    page = open_url(f"{isolated}/index.html")
    assert shown(page, "#mean", "kg") == "The mean weight is 71.3 kg"
    page.run_js("document.querySelector('#more').click(); return null;")
    assert shown(page, "#count", "people") == "4 people"
    page.run_js("document.querySelector('#fewer').click(); return null;")
    assert shown(page, "#count", "3") == "3 people"


def test_a_worker_writes_to_the_window_of_the_page(isolated: str, open_url: OpenTab) -> None:
    page = open_url(f"{isolated}/worker.html")
    assert shown(page, "script-py", "says") == "A worker says 42"
    assert page.run_js("return window.answer") == 42


def test_input_in_the_terminal_waits_for_a_line(isolated: str, open_url: OpenTab) -> None:
    page = open_url(f"{isolated}/terminal.html")
    assert "Your name?" in shown(page, ".xterm-rows", "Your name?")
    page.press(f"Ada{Keys.ENTER}")
    assert "Hello Ada" in shown(page, ".xterm-rows", "Hello Ada")


def test_the_second_visit_needs_no_micropip(isolated: str, pages: Path, open_url: OpenTab) -> None:
    config = json.loads((pages / "pyscript.json").read_text())
    del config["packages_cache"], config["files"]
    (pages / "versions.html").write_text(f"""
        <script type="module" src="core/core.js"></script>
        <py-config>{json.dumps(config)}</py-config>
        <script type="py" src="versions.py"></script>
    """)
    (pages / "versions.py").write_text(
        "import sys, numpy\n"
        "from pyscript import display\n"
        "display(f'numpy {numpy.__version__[0]}, micropip {\"micropip\" in sys.modules}')\n"
    )
    for answer in ("numpy 2, micropip True", "numpy 2, micropip False"):
        page = open_url(f"{isolated}/versions.html")
        assert shown(page, "script-py", "micropip") == answer
