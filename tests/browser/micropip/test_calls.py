"""Can micropip be called from Python, from JavaScript and in a worker?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.built import ROOT
from tests.harness.index import Index
from tests.harness.micropip import install, refuses, version
from tests.harness.page import JavaScriptError, Page
from tests.harness.tabs import OpenTab
from tests.harness.wheels import Wheel, make_wheel


def test_the_complete_example_prints_stems(open_page: OpenTab) -> None:
    example = open_page("/pages/micropip.html")
    example.run_js("""
        await languagePluginLoader;
        while (!("snowballstemmer" in pyodide.loadedPackages)) {
            await new Promise((next) => setTimeout(next, 20));
        }
        while (!pyodide.runPython("import sys; 'snowballstemmer' in sys.modules")) {
            await new Promise((next) => setTimeout(next, 20));
        }
    """)
    assert "['go', 'goe', 'go', 'gone']" in "\n".join(example.read_console())


def test_a_wheel_is_installed_from_its_url(
    fresh_page: Page, index: Index, real: Callable[[str], Wheel]
) -> None:
    wheel = real("snowballstemmer-3.1.1-py3-none-any.whl")
    fresh_page.run_python_async(f"""
        import micropip
        micropip.install(
            {index.at(wheel)!r}
        )
    """)
    assert fresh_page.run_python("""
        import snowballstemmer
        stemmer = snowballstemmer.stemmer('english')
        stemmer.stemWords('go goes going gone'.split())
    """) == ["go", "goe", "go", "gone"]
    assert "snowballstemmer" not in fresh_page.run_js("return pyodide.loadedPackages;")
    origin = json.loads(
        fresh_page.run_python("""
            from importlib.metadata import distribution
            distribution("snowballstemmer").read_text("direct_url.json")
        """)
    )
    assert origin == {
        "url": index.at(wheel),
        "archive_info": {"hashes": {"sha256": wheel.sha256}},
    }


def test_then_calls_a_python_function(page: Page, index: Index) -> None:
    index.add(make_wheel("then-project"))
    page.run_python(f"""
        import micropip
        results = []
        def do_work(*args):
            import then_project
            results.append([args, then_project.version])
        micropip.install("then-project", index_url={index.url!r}).then(do_work)
    """)
    assert page.run_js("""
        while (pyodide.globals.results.length === 0) {
            await new Promise((next) => setTimeout(next, 10));
        }
        return pyodide.globals.results;
    """) == [[[None], "1.0"]]


def test_javascript_gets_a_promise(page: Page, index: Index) -> None:
    index.add(make_wheel("promise-project"))
    page.run_python("import micropip")
    assert page.run_js(f"""
        const code = (name) => `micropip.install("${{name}}", index_url="{index.url}")`;
        const run = pyodide.runPython(code("promise-project"));
        const fulfilled = await run;
        const same = await pyodide.runPythonAsync(code("promise-project"));
        const error = await pyodide.runPythonAsync(code("nothing")).catch((error) => error.type);
        // Called from JavaScript, with a JavaScript array.
        const direct = pyodide.pyimport("micropip").install([]);
        return [run instanceof Promise, fulfilled === undefined, same === undefined, error,
                direct instanceof Promise, (await direct) === undefined];
    """) == [True, True, True, "InstallError", True, True]


def test_python_awaits_the_installation_and_catches_the_error(page: Page, index: Index) -> None:
    assert page.run_python_async(f"""
        import asyncio, micropip
        async def attempt():
            try:
                await micropip.install("no-such-project", index_url={index.url!r})
            except micropip.InstallError as error:
                return str(error)
        await asyncio.gather(attempt(), micropip.install([]))
    """) == [
        (
            "Can't fetch metadata for 'no-such-project'. Please make sure you have entered a "
            "correct package name and correctly specified index_urls (if you changed them). "
            f"Asked: {index.url}/no-such-project/json (the server answers 404 Not Found)."
        ),
        None,
    ]


def test_calls_that_overlap_do_not_disturb_each_other(page: Page, index: Index) -> None:
    index.add(make_wheel("shared", "1.0"), make_wheel("shared", "2.0"))
    index.add(make_wheel("first", requires=["shared<2"]), make_wheel("second", requires=["shared"]))
    page.run_python_async(f"""
        import asyncio, micropip
        await asyncio.gather(
            *(micropip.install(name, index_url={index.url!r}) for name in ["first", "second"])
        )
    """)
    assert [version(page, p) for p in ("first", "second", "shared")] == ["1.0", "1.0", "1.0"]


def test_the_default_index_can_be_set(page: Page, index: Index) -> None:
    index.add(make_wheel("by-default"))
    page.run_python_async(f"""
        import micropip
        default, micropip.index_url = micropip.index_url, {index.url + "/"!r}
        try:
            await micropip.install("by-default")
        finally:
            micropip.index_url = default
    """)
    assert version(page, "by-default") == "1.0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("None", "install needs a requirement or a list of them, not NoneType"),
        ("[b'six']", "a requirement is a string, not bytes: b'six'"),
        ("['six', 3]", "a requirement is a string, not int: 3"),
        ("'six', index_url=3", "index_url is a string, not int"),
    ],
)
def test_arguments_of_other_types_raise_at_once(page: Page, arguments: str, message: str) -> None:
    with pytest.raises(JavaScriptError, match="TypeError") as caught:
        page.run_python(f"import micropip; micropip.install({arguments})")
    assert message in str(caught.value)


def test_a_failure_does_not_harm_the_next_call(page: Page, index: Index) -> None:
    refuses(page, index, "later-project", "pytz<2000")
    index.add(make_wheel("later-project"))
    install(page, index, "later-project")
    assert version(page, "later-project") == "1.0"


def test_micropip_works_in_a_worker(open_page: OpenTab, index: Index) -> None:
    index.add(make_wheel("in-worker", requires=["pytz"]))
    blank = open_page("/pages/blank.html")
    script = f"""
        import micropip
        await micropip.install("in-worker", index_url={index.url!r})
        import in_worker, pytz
        [in_worker.version, str(pytz.UTC)]
    """
    failing = f"""
        import micropip
        await micropip.install("no-such-project", index_url={index.url!r})
    """
    answers: list[dict[str, Any]] = blank.run_js(f"""
        const {{ asyncRun }} = await import("/pages/py-worker.js");
        return [
            await asyncRun({json.dumps(script)}, {{}}),
            await asyncRun({json.dumps(failing)}, {{}}),
        ];
    """)
    assert answers[0] == {"results": ["1.0", "UTC"]}
    assert "InstallError: Can't fetch metadata for 'no-such-project'." in answers[1]["error"]


def test_each_interpreter_of_a_page_has_packages_of_its_own(
    open_page: OpenTab, index: Index
) -> None:
    index.add(make_wheel("only-one"))
    blank = open_page("/pages/blank.html")
    assert blank.run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const [one, two] = await Promise.all([1, 2].map(() => loadPyodide({{ api: "0.16" }})));
        await one.runPythonAsync(`
            import micropip
            await micropip.install(["only-one", "pytz"], index_url={json.dumps(index.url)})
        `);
        return [one, two].map((python) => [
            "pytz" in python.loadedPackages,
            python.runPython("import importlib.util; bool(importlib.util.find_spec('only_one'))"),
        ]);
    """) == [[True, True], [False, False]]


def test_the_examples_of_the_reference_run(
    open_page: OpenTab, index: Index, real: Callable[[str], Wheel]
) -> None:
    for file in ("markdown_it_py-4.3.0-py3-none-any.whl", "mdurl-0.1.2-py3-none-any.whl"):
        index.add(real(file))
    index.add(make_wheel("markdown-it-py", "3.0.0"))
    index.at(real("snowballstemmer-3.1.1-py3-none-any.whl"))
    text = (ROOT / "docs" / "reference" / "micropip.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    page = open_page("/pages/blank.html")
    values = page.run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const values = [];
        for (const example of {json.dumps(examples)}) {{
            const lines = [];
            const python = await loadPyodide({{ api: "0.16", stdout: (line) => lines.push(line) }});
            await python.loadPackage("micropip");
            python.runPython(
                "import micropip; micropip.set_index_urls('{index.url}/{{package_name}}/json')");
            const code = example.replaceAll("https://example.com", {json.dumps(index.address)});
            const value = await python.runPythonAsync(code);
            while (example.includes("print(") && lines.length === 0) {{
                await new Promise((next) => setTimeout(next, 20));
            }}
            values.push([value ?? null, ...lines]);
        }}
        return values;
    """)
    stems = ["go", "goe", "go", "gone"]
    assert values[:4] == [[stems], [None, str(stems)], [None], [None]]
    assert values[4][1] == "Can't find a pure Python 3 wheel for 'markdown-it-py<4,>=4'."
