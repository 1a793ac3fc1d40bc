"""Does the notebook of docs/use-from/marimo.md react, as marimo has exported it?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.frontends.pages import converted, focus
from tests.harness.built import require_packages
from tests.harness.tabs import OpenTab


@pytest.fixture(scope="module")
def notebook(
    site: str, frontend_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the exported notebook."""
    require_packages("marimo-base")
    folder = tmp_path_factory.mktemp("marimo")
    with converted("marimo", folder, site=site, programs=frontend_python) as address:
        yield address


def test_a_cell_follows_the_slider(notebook: str, open_url: OpenTab) -> None:
    page = open_url(f"{notebook}/index.html")
    page.wait_until("document.body.innerText.includes('The diagonal is 4.24.')")
    focus(page, "[role=slider]")
    page.press(Keys.ARROW_RIGHT)
    page.wait_until("document.body.innerText.includes('The diagonal is 5.66.')")
