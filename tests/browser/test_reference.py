"""Do the examples of the reference give the documented values?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.page import Page
from tests.harness.tabs import OpenTab, start_page

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"

#: Defines ``run``, which evaluates an example. A comment ``// → value`` belongs to the expression
#: before it.
RUN = """
const AsyncFunction = (async () => {}).constructor;
function parses(code) {
    try { return Boolean(new AsyncFunction(code)); } catch { return false; }
}
async function run(example) {
    const code = [];
    let statements = [];
    for (const line of example.split("\\n")) {
        const [before, expected] = line.split("// → ");
        if (before.trim()) statements.push(before);
        if (expected === undefined) continue;
        const from = (first) => statements.slice(first).join("\\n").trimEnd().replace(/;$/, "");
        let first = statements.length - 1;
        while (first > 0 && !parses(`return [${from(first)}\\n]`)) first--;
        code.push(...statements.slice(0, first), `seen.push([${from(first)}\\n, ${expected}]);`);
        statements = [];
    }
    const seen = [];
    await new AsyncFunction("seen", [...code, ...statements].join("\\n"))(seen);
    return seen;
}
"""


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def pyodide(request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of this module: a lock cannot name packages that other tests load from addresses."""
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    page = start_page(open_tab, request.getfixturevalue("site"))
    yield page
    page.close()


def examples(language: str) -> list[object]:
    """The fenced blocks of a language as parameters; the id is the file and line."""
    found: list[object] = []
    for document in sorted(REFERENCE.glob("*.md")):
        if document.stem == "micropip":
            continue  # micropip's examples need an index: micropip/test_calls.py
        heading = ""
        for match in re.finditer(
            r"^#+ (?P<heading>[^\n]+)$|^```(?P<language>\w*)\n(?P<text>.*?)^```$",
            document.read_text(),
            re.MULTILINE | re.DOTALL,
        ):
            heading = match["heading"] or heading
            if match["language"] == language:
                found.append(pytest.param(match["text"], id=f"{document.stem}: {heading}"))
    return found


@pytest.mark.parametrize("example", examples("js"))
def test_a_javascript_example_gives_the_values_beside_it(pyodide: Page, example: str) -> None:
    for value, expected in pyodide.run_js(f"{RUN}\nreturn await run({json.dumps(example)});"):
        assert value == expected


@pytest.mark.parametrize("example", examples("python"))
def test_a_python_example_prints_what_follows_it(pyodide: Page, example: str) -> None:
    pyodide.run_js(f"window.example = {json.dumps(example)};")
    report = pyodide.run_python("""
        import doctest, js
        test = doctest.DocTestParser().get_doctest(js.example, {}, "example", None, None)
        assert test.examples, "no line starts with >>>"
        report = []
        doctest.DocTestRunner(verbose=False).run(test, out=report.append)
        "".join(report)
    """)
    assert report == ""


@pytest.mark.parametrize("example", examples("html"))
def test_a_page_example_fills_its_body(open_page: Callable[[str], Page], example: str) -> None:
    page = open_page("/pages/blank.html")
    page.run_js(f"document.open(); document.write({json.dumps(example)}); document.close();")
    assert page.run_js("""
        while (!document.body?.textContent) await new Promise((next) => setTimeout(next, 20));
        return document.body.textContent;
    """).startswith("3.13.")
