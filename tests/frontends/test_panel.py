"""Does the application of docs/use-from/panel.md react, as `panel convert` has made it?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.frontends.pages import converted, focus
from tests.harness.built import require_packages
from tests.harness.tabs import OpenTab

#: JavaScript: whether the plot has a title. The page has a plot before Python runs; jsdoc is the
#: document that Python has made.
PLOT = """
    [...(pyodideWorker.jsdoc?.all_models ?? [])]
        .some((model) => model.type === "Title" && model.text === "%s")
"""


@pytest.fixture(scope="module")
def application(
    site: str, frontend_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the converted application."""
    require_packages("panel")
    folder = tmp_path_factory.mktemp("panel")
    with converted("panel", folder, site=site, programs=frontend_python) as address:
        yield address


def test_the_plot_follows_the_slider(application: str, open_url: OpenTab) -> None:
    page = open_url(f"{application}/app.html")
    page.wait_until(PLOT % "2 Hz")
    focus(page, ".noUi-handle")
    page.press(Keys.ARROW_RIGHT)
    page.wait_until(PLOT % "2.5 Hz")
