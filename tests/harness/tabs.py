"""How does a test open a page, and how are a failed test's pages found?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.harness.page import Page
from tests.harness.runtime import Runtime

OpenTab = Callable[[str], Page]
# The pages and interpreters that a test item used: their consoles are shown if it fails.
PAGES = pytest.StashKey[list[Runtime]]()


def start_page(open_tab: OpenTab, site: str) -> Page:
    """A new page in which `languagePluginLoader` has resolved."""
    page = open_tab(f"{site}/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    return page
