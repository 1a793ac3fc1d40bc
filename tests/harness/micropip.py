"""How does a test install with micropip, and check refusals?"""

from __future__ import annotations

import pytest

from tests.harness.index import Index
from tests.harness.page import JavaScriptError, Page


def install(page: Page, index: Index, *requirements: str) -> None:
    page.run_python_async(f"""
        import micropip
        await micropip.install({list(requirements)!r}, index_url={index.url!r})
    """)


def version(page: Page, project: str) -> str | None:
    """The version in importlib.metadata; None if the project is not installed."""
    found = page.run_python(f"""
        import importlib.metadata
        try:
            found = importlib.metadata.version({project!r})
        except importlib.metadata.PackageNotFoundError:
            found = None
        found
    """)
    assert found is None or isinstance(found, str)
    return found


def refuses(page: Page, index: Index, *requirements: str) -> str:
    """The message of the error. Checks that nothing was written or loaded."""
    state = """
        import os, json, pyodide
        json.dumps(sorted(p for f, _, n in os.walk("/lib/python3.13/site-packages")
                          if "__pycache__" not in f for p in [f, *n]))
    """
    before = page.run_python(state), page.run_js("return pyodide.loadedPackages;")
    with pytest.raises(JavaScriptError) as caught:
        install(page, index, *requirements)
    assert (page.run_python(state), page.run_js("return pyodide.loadedPackages;")) == before
    _, name, message = str(caught.value).strip().rpartition("\nmicropip.InstallError: ")
    assert name, str(caught.value)
    return message
