"""Which completions does pyodide.get_completions find? (chapter 1.7.1)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.built import BUILD_DIR, require
from tests.harness.page import JavaScriptError, Page

OpenPage = Callable[[str], Page]


@pytest.fixture
def page(pyodide: Page) -> Page:
    require(
        any((BUILD_DIR / "channel" / "noarch").glob("jedi-*.conda")),
        "no jedi in build/channel: run conda-emscripten build --with-deps jedi",
    )
    pyodide.run_js("await pyodide.loadPackage('jedi');")
    return pyodide


def complete(page: Page, arguments: str) -> Any:
    return page.run_python(f"import pyodide; pyodide.get_completions({arguments})")


def test_without_jedi_the_error_names_the_package_to_load(open_page: OpenPage) -> None:
    page = open_page("/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    with pytest.raises(JavaScriptError, match="ModuleNotFoundError") as caught:
        complete(page, "'x'")
    assert "get_completions needs jedi: load it with pyodide.loadPackage('jedi')" in str(
        caught.value
    )


def test_names_are_looked_up_in_the_global_namespace(page: Page) -> None:
    page.run_python("completed_text = 'naïve'")
    assert complete(page, "'completed_t'") == ["completed_text"]
    assert complete(page, "'completed_text.upp'") == ["upper"]
    assert complete(page, "'completed_text.nothing_like_that'") == []


def test_names_are_looked_up_in_the_code(page: Page) -> None:
    code = "import sys\\n\\ndef square(length):\\n    return leng"
    assert complete(page, f"'{code}'") == ["length"]
    assert complete(page, "'import statis'") == ["statistics"]
    assert complete(page, "'from os import path; path.islin'") == ["islink"]


def test_modules_of_packages_are_completed(page: Page) -> None:
    assert "Interpreter" in complete(page, "'import jedi; jedi.Inter'")


def test_a_cursor_ends_the_code(page: Page) -> None:
    code = "'☃.x'; [].app + other"
    assert complete(page, f"{code!r}, {code.index(' +')}") == ["append"]
    assert complete(page, f"{code!r}, cursor={code.index('app') + 1}") == ["append"]


@pytest.mark.parametrize("cursor", [-1, 4])
def test_a_cursor_outside_the_code_is_refused(page: Page, cursor: int) -> None:
    message = f"ValueError: the cursor is at {cursor}, and the code has 3 characters"
    with pytest.raises(JavaScriptError, match=message):
        complete(page, f"'abc', {cursor}")


def test_given_namespaces_replace_the_global_namespace(page: Page) -> None:
    page.run_python("completed_elsewhere = 1")
    namespaces = "[{'completed_here': []}, {'completed_too': ''}]"
    assert complete(page, f"'completed_', namespaces={namespaces}") == [
        "completed_here",
        "completed_too",
    ]
    assert complete(page, f"'completed_too.isascii', None, {namespaces}") == ["isascii"]
    assert complete(page, "'completed_', namespaces=[]") == []


def test_code_with_errors_is_completed(page: Page) -> None:
    assert "append" in complete(page, "'if (\\nx = [].a'")


def test_javascript_calls_it(page: Page) -> None:
    page.run_python("import pyodide; completed_in_javascript = 1")
    assert page.run_js("""
        const completions = pyodide.globals.pyodide.get_completions("completed_in_ja");
        return [Array.isArray(completions), completions];
    """) == [True, ["completed_in_javascript"]]
