"""Does the notebook of docs/use-from/marimo.md react, as marimo has exported it?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.frontends.pages import make
from tests.harness.built import require_packages
from tests.harness.server import other_origin, running
from tests.harness.tabs import OpenTab

#: JavaScript: wait until the page shows a text, for at most a minute.
SHOWN = """
    for (let i = 0; i < 600 && !document.body.innerText.includes(%r); i++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return /The diagonal is \\S+/.exec(document.body.innerText)?.[0];
"""

#: JavaScript: give the focus to the thumb of the slider, which is in a shadow root.
FOCUS = """
    const inside = (root) =>
        [...root.querySelectorAll("*")].map((e) => e.shadowRoot && find(e.shadowRoot));
    const find = (root) => root.querySelector("[role=slider]") ?? inside(root).find(Boolean);
    find(document).focus();
    return null;
"""


@pytest.fixture(scope="module")
def notebook(
    site: str, frontend_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the exported notebook."""
    require_packages("marimo-base")
    folder = tmp_path_factory.mktemp("marimo")
    make("marimo", folder, site=site, programs=frontend_python)
    with running(other_origin(folder / "site")) as address:
        yield address


def test_a_cell_follows_the_slider(notebook: str, open_url: OpenTab) -> None:
    page = open_url(f"{notebook}/index.html")
    assert page.run_js(SHOWN % "The diagonal is 4.24") == "The diagonal is 4.24."
    page.run_js(FOCUS)
    page.press(Keys.ARROW_RIGHT)
    assert page.run_js(SHOWN % "The diagonal is 5.66") == "The diagonal is 5.66."
