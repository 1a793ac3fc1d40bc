"""How does a test open a page, and how does a failed test's report get the consoles?"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.harness.page import Page
from tests.harness.runtime import Runtime

OpenTab = Callable[[str], Page]
#: The pages and interpreters that a test item used. A failed test's report has their consoles.
PAGES = pytest.StashKey[list[Runtime]]()


def start_page(open_tab: OpenTab, site: str) -> Page:
    """A new page in which ``languagePluginLoader`` has resolved."""
    page = open_tab(f"{site}/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    return page


def start_today(open_tab: OpenTab, site: str) -> Page:
    """A new page in which ``loadPyodide`` with the API of Pyodide 314 has resolved."""
    page = open_tab(f"{site}/pages/blank.html")
    page.run_js("""
        const { loadPyodide } = await import("/pyodide.mjs");
        Object.assign(globalThis, { loadPyodide, pyodide: await loadPyodide({ api: "314" }) });
    """)
    return page


def start_restored(open_tab: OpenTab, site: str, packages: list[str]) -> Page:
    """A new page with the interpreter of a snapshot, which has imported the first package."""
    page = open_tab(f"{site}/pages/blank.html")
    page.run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const saved = await loadPyodide({{ packages: {json.dumps(packages)} }});
        saved.runPython("import {packages[0]}");
        globalThis.pyodide = await loadPyodide({{ snapshot: await saved.snapshot() }});
    """)
    return page
