"""Do the examples of the reference and of the migration page give the documented values?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.node import node
from tests.harness.page import Page
from tests.harness.runtime import Runtime
from tests.harness.tabs import OpenTab, start_page, start_today

DOCS = ROOT / "docs"
DOCUMENTS = [*sorted((DOCS / "reference").glob("*.md")), DOCS / "migrating-from-pyodide.md"]
#: The page with the older API.
OLDER = "pyodide-0.16"

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


def examples(info: str, *, api: str) -> list[object]:
    """The fenced blocks with an info string as parameters; the id is the file and the heading."""
    found: list[object] = []
    for document in DOCUMENTS:
        if document.stem == "micropip":
            continue  # micropip's examples need an index: micropip/test_calls.py
        if (document.stem == OLDER) != (api == "0.16"):
            continue
        heading = ""
        for match in re.finditer(
            r"^#+ (?P<heading>[^\n]+)$|^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$",
            document.read_text(),
            re.MULTILINE | re.DOTALL,
        ):
            heading = match["heading"] or heading
            if match["info"] == info:
                found.append(pytest.param(match["text"], id=f"{document.stem}: {heading}"))
    return found


def started(request: pytest.FixtureRequest, api: str) -> Iterator[Runtime]:
    """An interpreter of this module: a lock cannot name packages that were loaded from URLs."""
    if request.param == "node":
        script = BUILD_DIR / "dist" / "pyodide.mjs"
        require(script.is_file(), "no build/dist: run make quickstart")
        with node(script, api=api) as runtime:
            yield runtime
        return
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    start = start_page if api == "0.16" else start_today
    page = start(open_tab, request.getfixturevalue("site"))
    yield page
    page.close()


@pytest.fixture(scope="module", params=["chromium", "firefox", "node"])
def today(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    yield from started(request, "314")


@pytest.fixture(scope="module", params=["chromium", "firefox", "node"])
def older(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    yield from started(request, "0.16")


def run_javascript(runtime: Runtime, example: str) -> None:
    for value, expected in runtime.run_js(f"{RUN}\nreturn await run({json.dumps(example)});"):
        assert value == expected


def run_doctest(runtime: Runtime, example: str) -> None:
    runtime.run_js(f"globalThis.example = {json.dumps(example)};")
    report = runtime.run_python("""
        import doctest, js
        test = doctest.DocTestParser().get_doctest(js.example, {}, "example", None, None)
        assert test.examples, "no line starts with >>>"
        report = []
        doctest.DocTestRunner(verbose=False).run(test, out=report.append)
        "".join(report)
    """)
    assert report == ""


@pytest.mark.parametrize("example", examples("js", api="314"))
def test_a_javascript_example_gives_the_values_beside_it(today: Runtime, example: str) -> None:
    run_javascript(today, example)


@pytest.mark.parametrize("example", examples("js", api="0.16"))
def test_an_older_javascript_example_gives_the_values_beside_it(
    older: Runtime, example: str
) -> None:
    run_javascript(older, example)


@pytest.mark.parametrize("example", examples("python", api="314"))
def test_a_python_example_prints_what_follows_it(today: Runtime, example: str) -> None:
    run_doctest(today, example)


@pytest.mark.parametrize("example", examples("python page", api="314"))
def test_a_python_example_of_a_page_prints_what_follows_it(today: Runtime, example: str) -> None:
    if not isinstance(today, Page):
        pytest.skip("Node has no XMLHttpRequest")
    run_doctest(today, example)


@pytest.mark.parametrize("example", examples("python", api="0.16"))
def test_an_older_python_example_prints_what_follows_it(older: Runtime, example: str) -> None:
    run_doctest(older, example)


@pytest.mark.parametrize("example", [*examples("html", api="314"), *examples("html", api="0.16")])
def test_a_page_example_fills_its_body(open_page: Callable[[str], Page], example: str) -> None:
    page = open_page("/pages/blank.html")
    page.run_js(f"document.open(); document.write({json.dumps(example)}); document.close();")
    assert page.run_js("""
        while (!document.body?.textContent) await new Promise((next) => setTimeout(next, 20));
        return document.body.textContent;
    """).startswith("3.13.")
