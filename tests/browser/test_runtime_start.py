"""Does Python start on a page, in workers, as a module and under a strict policy?"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable

import pytest

from tests.harness.page import JavaScriptError, Page

OpenPage = Callable[[str], Page]


def test_the_complete_example_prints_to_the_console(open_page: OpenPage) -> None:
    page = open_page("/pages/startup.html")
    page.run_js("await languagePluginLoader;")
    version, three = [line for line in page.read_console() if "favicon" not in line][:2]
    assert "3.13." in version
    assert re.search(r"\b3\b\W*$", three)


def test_the_alternative_example_evaluates_the_typed_code(open_page: OpenPage) -> None:
    page = open_page("/pages/evaluate.html")
    output = page.run_js("""
        await languagePluginLoader;
        document.querySelector("button").click();
        const output = document.getElementById("output");
        while (!output.value.includes(">>>")) await new Promise((next) => setTimeout(next, 10));
        return output.value;
    """)
    assert output == "Initializing...\nReady!\n>>>sum([1, 2, 3, 4, 5])\n15\n"


def test_the_web_worker_example_runs_a_script_with_its_context(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    answers = page.run_js("""
        const { asyncRun } = await import("/pages/py-worker.js");
        const script = `
        import statistics
        from js import A_rank
        statistics.stdev(A_rank)
        `;
        return [
            await asyncRun(script, { A_rank: [0.8, 0.4, 1.2, 3.7, 2.6, 5.8] }),
            await asyncRun("1 / 0", {}),
        ];
    """)
    expected = statistics.stdev([0.8, 0.4, 1.2, 3.7, 2.6, 5.8])
    assert answers[0]["results"] == pytest.approx(expected)
    assert "ZeroDivisionError" in answers[1]["error"]


def test_a_module_worker_starts_python(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    assert page.run_js("""
        const worker = new Worker("/pages/module-worker.js", { type: "module" });
        return await new Promise((resolve, reject) => {
            worker.onmessage = (event) => resolve(event.data);
            worker.onerror = (event) => reject(new Error(event.message));
        });
    """) == ["in a module worker", 1024]


def test_load_pyodide_takes_streams_environment_and_arguments(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    assert page.run_js("""
        const { loadPyodide } = await import("/pyodide.mjs");
        const lines = [];
        const input = ["first", "second\\n"];
        const python = await loadPyodide({
            api: "0.16",
            stdin: () => input.shift() ?? null,
            stdout: (line) => lines.push(["out", line]),
            stderr: (line) => lines.push(["err", line]),
            env: { COLOUR: "blue", PYTHONHASHSEED: "0" },
            args: ["-x", "é"],
        });
        python.runPython(`
            import os, sys
            print(input(), input())
            try:
                input()
            except EOFError:
                print("end of input")
            print(os.environ["COLOUR"], os.environ["HOME"], sys.flags.hash_randomization, sys.argv)
            print("a\\\\nb", end="")
            print("error", file=sys.stderr)
            print("!")
        `);
        return lines;
    """) == [
        ["out", "first second"],
        ["out", "end of input"],
        ["out", "blue /home/pyodide 0 ['', '-x', 'é']"],
        ["out", "a"],
        ["err", "error"],
        ["out", "b!"],
    ]


def test_two_interpreters_on_a_page_share_nothing(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    assert page.run_js("""
        const { loadPyodide } = await import("/pyodide.mjs");
        const [one, two] = await Promise.all([1, 2].map(() => loadPyodide({ api: "0.16" })));
        one.runPython("x = 1");
        two.runPython("x = 2");
        return [one.globals.x, two.globals.x];
    """) == [1, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('{indexURL: "/nowhere/"}', r"nowhere/pyodide\.asm"),
        ('{channels: ["/no-channel/"]}', "no-channel"),
        ('{packages: ["no-such-package"]}', "no-such-package"),
    ],
)
def test_a_failed_start_rejects_and_names_the_missing_file(
    open_page: OpenPage, options: str, message: str
) -> None:
    page = open_page("/pages/blank.html")
    with pytest.raises(JavaScriptError, match=message):
        page.run_js(f"""
            const {{ loadPyodide }} = await import("/pyodide.mjs");
            await loadPyodide({options});
        """)


def test_a_policy_without_unsafe_eval_suffices(open_page: OpenPage) -> None:
    page = open_page("/pages/strict.html")
    assert page.run_js("""
        const evaluates = await new Promise((resolve) => {
            addEventListener("securitypolicyviolation", () => resolve(false));
            const script = document.createElement("script");
            script.textContent = "0";
            document.body.append(script);
            setTimeout(() => resolve(true), 2000);
        });
        await languagePluginLoader;
        return [evaluates, pyodide.runPython("import js; js.Math.max(*map(abs, [1, -4]))")];
    """) == [False, 4]


def test_a_search_for_asyncio_does_not_remove_its_loop(open_page: OpenPage) -> None:
    page = open_page("/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    loop = page.run_python("""
        from importlib.util import find_spec
        assert find_spec("asyncio") is not None
        import asyncio
        type(asyncio.get_event_loop()).__name__
    """)
    assert loop == "WebLoop"
