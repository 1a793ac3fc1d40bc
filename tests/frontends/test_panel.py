"""Does the application of docs/use-from/panel.md react, as `panel convert` has made it?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.frontends.pages import make
from tests.harness.built import require_packages
from tests.harness.server import other_origin, running
from tests.harness.tabs import OpenTab

#: JavaScript: wait until the application's plot has a title, for at most two minutes.
PLOT = """
    // The page has a plot before Python runs. jsdoc is the document that Python has made.
    const titles = () => [...(pyodideWorker.jsdoc?.all_models ?? [])]
        .filter((model) => model.type === "Title").map((title) => title.text);
    for (let i = 0; i < 1200 && !titles().includes(%r); i++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return titles().at(-1);
"""

#: JavaScript: give the focus to the handle of the slider, which is in shadow roots.
FOCUS = """
    const inside = (root) =>
        [...root.querySelectorAll("*")].map((e) => e.shadowRoot && find(e.shadowRoot));
    const find = (root) => root.querySelector(".noUi-handle") ?? inside(root).find(Boolean);
    find(document).focus();
    return null;
"""


@pytest.fixture(scope="module")
def application(
    site: str, frontend_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the converted application."""
    require_packages("panel")
    folder = tmp_path_factory.mktemp("panel")
    make("panel", folder, site=site, programs=frontend_python)
    with running(other_origin(folder / "site")) as address:
        yield address


def test_the_plot_follows_the_slider(application: str, open_url: OpenTab) -> None:
    page = open_url(f"{application}/app.html")
    assert page.run_js(PLOT % "2 Hz") == "2 Hz"
    page.run_js(FOCUS)
    page.press(Keys.ARROW_RIGHT)
    assert page.run_js(PLOT % "2.5 Hz") == "2.5 Hz"
