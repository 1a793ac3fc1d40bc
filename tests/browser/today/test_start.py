"""How does `loadPyodide` start an interpreter with the API of Pyodide 314?"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.page import Page
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.server import other_origin, running
from tests.harness.tabs import OpenTab

OpenPage = Callable[[str], Page]
DIST = BUILD_DIR / "dist"


def start(today: Runtime, options: str, code: str) -> Any:
    """Run code in which `python` is an interpreter that has started with options."""
    return today.run_js(f"const python = await loadPyodide({{ api: '314', {options} }}); {code}")


def run(today: Runtime, options: str, code: str) -> Any:
    """The string that Python code gives in an interpreter that has started with options."""
    return start(today, options, f"return python.runPython({json.dumps(code)});")


def test_python_knows_that_it_has_the_api_of_today(today: Runtime) -> None:
    assert today.run_python("import _pyodide_core; _pyodide_core.today") is True
    today.run_js("globalThis.old = await loadPyodide({ api: '0.16' });")
    assert (
        today.run_js("return old.runPython('import _pyodide_core; _pyodide_core.today');") is False
    )


def test_the_version_is_that_of_the_api(today: Runtime) -> None:
    versions = today.run_js("return [pyodide.version, pyodide._api.version];")
    assert versions == ["314.0.7", "314.0.7"]
    assert today.run_python("import pyodide; pyodide.__version__") == "314.0.7"
    assert today.run_js("return pyodide.distributionVersion;") == "0.1.0"


def test_the_module_exports_the_version(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    assert page.run_js("return (await import('/pyodide.mjs')).version;") == "314.0.7"


def test_the_current_folder_is_first_in_the_path(today: Runtime) -> None:
    assert today.run_python("import sys; sys.path[0]") == ""


def test_an_unknown_api_is_refused(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match=r'APIs "314" and "0\.16", not 315'):
        today.run_js("await loadPyodide({ api: '315' });")


def test_an_unknown_option_is_warned_of_once(today: Runtime) -> None:
    for _ in range(2):
        start(today, "colour: 'blue', fullStdLib: true, enableRunUntilComplete: true", "")
    warnings = [line for line in today.read_console() if "unknown option" in line]
    assert len([line for line in warnings if "colour" in line]) == 1
    assert len(warnings) == 1


@pytest.mark.parametrize("option", ["_makeSnapshot", "_loadSnapshot"])
def test_snapshots_are_refused(today: Runtime, option: str) -> None:
    with pytest.raises(JavaScriptError, match=f"cannot honour {option}"):
        start(today, f"{option}: true", "")


def test_arguments_are_those_of_the_interpreter(today: Runtime) -> None:
    code = "import sys; str((sys.flags.optimize, sys.argv, sys.warnoptions))"
    assert run(today, "args: ['-OO', '-W', 'error']", code) == "(2, [''], ['error'])"
    assert "'script.py', 'x'" in run(today, "args: ['script.py', 'x']", "import sys; str(sys.argv)")


def test_the_home_of_the_environment_is_the_current_folder(today: Runtime) -> None:
    code = "import os; str((os.getcwd(), os.environ['HOME'], os.environ['COLOUR']))"
    options = "env: { HOME: '/home/ada', COLOUR: 'blue' }"
    assert run(today, options, code) == "('/home/ada', '/home/ada', 'blue')"


def test_the_module_js_is_the_given_object(today: Runtime) -> None:
    assert run(today, "jsglobals: { answer: 42, Object, Array }", "import js; js.answer") == 42


def test_the_executable_is_the_given_one(today: Runtime) -> None:
    assert run(today, "_sysExecutable: '/my/python'", "import sys; sys.executable") == "/my/python"


def test_the_file_system_is_changed_before_python_starts(today: Runtime) -> None:
    result = start(
        today,
        """async fsInit(FS, { sitePackages }) {
            await new Promise((done) => setTimeout(done, 5));
            FS.writeFile(`${sitePackages}/extra.pth`, "folder\\n");
            FS.mkdir(`${sitePackages}/folder`);
        }""",
        "return python.runPython('import sys; sys.path[-1]');",
    )
    assert result == "/lib/python3.13/site-packages/folder"


def test_modules_of_another_library_come_first(today: Runtime) -> None:
    # A zip file with the module `colorsys`, whose text is "here = 1", without compression.
    made = today.run_python("""
        import base64, io, zipfile
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("colorsys.py", "here = 1")
        "data:application/zip;base64," + base64.b64encode(file.getvalue()).decode()
    """)
    code = "import colorsys; colorsys.here"
    assert run(today, f"stdLibURL: {json.dumps(made)}", code) == 1


def test_packages_are_loaded(today: Runtime) -> None:
    loaded = start(today, "packages: ['pytz']", "return python.loadedPackages;")
    assert loaded == {"six": "default channel", "pytz": "default channel"}  # start.yaml has six


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("convertNullToNone: true", "import js; js.JSON.parse('null') is None"),
        ("convertNullToNone: false", "import js; js.JSON.parse('null') is not None"),
    ],
)
def test_null_is_converted_as_the_option_says(today: Runtime, option: str, code: str) -> None:
    assert run(today, option, code) is True


def test_to_string_gives_repr_if_the_option_says_so(today: Runtime) -> None:
    code = "return String(python.runPython('class A:\\n def __str__(self): return \"s\"\\nA()'));"
    assert start(today, "", code) == "s"
    assert "object at 0x" in start(today, "pyproxyToStringRepr: true", code)


def test_to_js_makes_literal_maps_if_the_option_says_so(today: Runtime) -> None:
    code = "return python.runPython('{\"a\": 1}').toJs() instanceof Map;"
    assert start(today, "", code) is False
    assert start(today, "toJsLiteralMap: true", code) is True


def test_the_streams_of_the_start_are_the_given_functions(today: Runtime) -> None:
    assert today.run_js("""
        const lines = [];
        const python = await loadPyodide({
            api: "314",
            stdin: () => "typed",
            stdout: (line) => lines.push(line),
            stderr: (line) => lines.push(line),
        });
        python.runPython("import sys; print(input('? ')); print('e', file=sys.stderr)");
        return lines;
    """) == ["? ", "typed", "e"]


def test_a_distribution_of_another_version_is_an_error(
    open_url: OpenTab, site: str, tmp_path: Path
) -> None:
    require((DIST / "pyodide.mjs").is_file(), "no build/dist: run make quickstart")
    text = (DIST / "pyodide.mjs").read_text()
    (tmp_path / "pyodide.mjs").write_text(text.replace('"314.0.7"', '"314.9.9"'))
    (tmp_path / "page.html").write_text("<!doctype html><title>Another version</title>")
    with running(other_origin(tmp_path)) as address:
        page = open_url(f"{address}/page.html")
        call = f"""
            const {{ loadPyodide }} = await import("/pyodide.mjs");
            const options = {{ api: "314", indexURL: "{site}/" }};
        """
        with pytest.raises(JavaScriptError, match=r"version does not match: '314\.9\.9'"):
            page.run_js(f"{call} await loadPyodide(options);")
        assert (
            page.run_js(f"""
            {call} const python = await loadPyodide({{ ...options, checkAPIVersion: false }});
            return python.runPython("6 * 7");
        """)
            == 42
        )


def test_the_script_of_the_core_may_be_imported_before(today: Runtime) -> None:
    assert today.run_js("""
        const { indexURL } = pyodide._api.config;
        const { default: createModule } = await import(`${indexURL}pyodide.asm.mjs`);
        let calls = 0;
        const createPyodideModule = (options) => {
            calls += 1;
            return createModule(options);
        };
        const python = await loadPyodide({ api: "314", createPyodideModule });
        return [python.runPython("6 * 7"), calls];
    """) == [42, 1]


# The classic script


def test_the_classic_script_starts_nothing(open_page: OpenPage) -> None:
    page = open_page("/pages/classic.html")
    assert (
        page.run_js("""
        await new Promise((done) => setTimeout(done, 500));
        return performance.getEntriesByType("resource").map(({ name }) => name)
            .filter((name) => /asm/.test(name));
    """)
        == []
    )
    assert page.run_js("""
        const python = await loadPyodide({ api: "314" });
        return [python.version, python.runPython("6 * 7")];
    """) == ["314.0.7", 42]
    # It defines nothing else.
    names = page.run_js(
        "return Object.keys(globalThis).filter((name) => /yodide|export/.test(name));"
    )
    assert names == ["loadPyodide"]


def test_a_page_of_0_16_that_reads_the_promise_starts_it(open_page: OpenPage) -> None:
    page = open_page("/pages/classic.html")
    assert page.run_js("""
        const same = languagePluginLoader === languagePluginLoader;
        await languagePluginLoader;
        return [same, pyodide.runPython("[1, {'a': 2}]")];
    """) == [True, [1, {"a": 2}]]


def test_a_page_of_0_16_that_sets_the_address_starts_at_once(open_page: OpenPage) -> None:
    page = open_page("/pages/pyodide.html")
    assert page.run_js("""
        while (globalThis.pyodide === undefined) {
            await new Promise((done) => setTimeout(done, 10));
        }
        return pyodide.runPython("[6 * 7]");
    """) == [42]


def test_a_classic_worker_has_load_pyodide(open_page: OpenPage) -> None:
    page = open_page("/pages/blank.html")
    assert (
        page.run_js("""
        const code = `
            importScripts("${location.origin}/pyodide.js");
            loadPyodide({ api: "314" })
                .then((python) => python.runPython("6 * 7"), String)
                .then(postMessage);
        `;
        const worker = new Worker(URL.createObjectURL(new Blob([code])));
        return await new Promise((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
        });
    """)
        == 42
    )


def node(*arguments: str, folder: Path) -> str:
    """What a Node process prints."""
    require((DIST / "pyodide.js").is_file(), "no build/dist: run make quickstart")
    done = subprocess.run(
        ["node", *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("index", ["", "indexURL: './dist'"])
def test_node_requires_the_classic_script(tmp_path: Path, index: str) -> None:
    (tmp_path / "dist").symlink_to(DIST)
    output = node(
        "-e",
        f"""
        const {{ loadPyodide, version }} = require({json.dumps(str(DIST / "pyodide.js"))});
        loadPyodide({{ api: "314", packageCache: false, {index} }}).then((python) => {{
            python.runPython("print('partial', end=' '); print('line')");
            console.log(version, python._module.API.config.indexURL);
        }});
        """,
        folder=tmp_path,
    )
    folder = tmp_path / "dist" if index else DIST
    assert output == f"partial line\n314.0.7 {folder.as_uri()}/\n"


def test_a_bundler_can_bundle_the_module(open_url: OpenTab, site: str, tmp_path: Path) -> None:
    require((DIST / "pyodide.mjs").is_file(), "no build/dist: run make quickstart")
    (tmp_path / "main.js").write_text(f"""
        import {{ loadPyodide }} from {json.dumps(str(DIST / "pyodide.mjs"))};
        globalThis.started = loadPyodide({{ api: "314", indexURL: "{site}/" }});
    """)
    page = '<!doctype html><title>Bundled</title><script type="module" src="main.js"></script>'
    (tmp_path / "index.html").write_text(page)
    vite = ROOT / "node_modules" / "vite" / "bin" / "vite.js"
    require(vite.is_file(), "no node_modules: run make quickstart")
    node(str(vite), "build", "--outDir", "out", folder=tmp_path)
    with running(other_origin(tmp_path / "out")) as address:
        opened = open_url(f"{address}/index.html")
        assert opened.run_js("return (await started).runPython('6 * 7');") == 42


# The lock file


def test_the_lock_file_of_the_site_is_known(today: Runtime) -> None:
    info, six = today.run_js("return [pyodide.lockfile.info, pyodide.lockfile.packages.six];")
    assert info["python"].startswith("3.13.")
    assert six["imports"] == ["six"]
    assert today.run_js("return pyodide.lockfileBaseUrl;").endswith("/")


def test_the_address_of_a_lock_file_is_an_option(today: Runtime) -> None:
    assert today.run_js("""
        const lockFileURL = `${pyodide._api.config.indexURL}pyodide-lock.json`;
        const python = await loadPyodide({ api: "314", lockFileURL });
        const { name } = python.lockfile.packages.six;
        return [name, `${python.lockfileBaseUrl}pyodide-lock.json` === lockFileURL];
    """) == ["six", True]
    with pytest.raises(JavaScriptError, match=r"nothing\.json cannot be fetched"):
        today.run_js("""
            const lockFileURL = `${pyodide._api.config.indexURL}nothing.json`;
            await loadPyodide({ api: "314", lockFileURL });
        """)


def test_a_lock_file_of_another_distribution_is_refused(today: Runtime) -> None:
    lock = """lockFileContents: JSON.stringify({
        info: { arch: "wasm32", abi_version: "2026_0", platform: "emscripten_5_0_3",
                version: "314.0.7", python: "3.14.2" },
        packages: {},
    })"""
    with pytest.raises(JavaScriptError, match=r"are for emscripten_5_0_3 and Python 3\.14\.2"):
        start(today, lock, "")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("lockFileContents: '{', ", "lockFileContents is not JSON"),
        ("lockFileContents: { a: 1 }, ", "is no lock file"),
        ("lockFileContents: '{}', lockFileURL: 'x', ", "both lockFileContents and lockFileURL"),
    ],
)
def test_damaged_lock_files_are_refused(today: Runtime, option: str, message: str) -> None:
    with pytest.raises(JavaScriptError, match=message):
        start(today, option, "")


def test_a_lock_file_gives_the_addresses_of_wheels(today: Runtime) -> None:
    names = start(
        today,
        """lockFileContents: {
            info: pyodide.lockfile.info,
            packages: { special: {
                name: "special", version: "1.0", file_name: "special-1.0-py3-none-any.whl",
                sha256: "0".repeat(64), imports: ["special"], depends: ["pytz"],
                package_type: "package", install_dir: "site",
            } },
        }, packageBaseUrl: 'https://insecure.invalid/wheels'""",
        """
        const base = python.lockfileBaseUrl;
        try {
            await python.loadPackage("special");
        } catch (error) {
            return [base, error.message, python.loadedPackages];
        }
        """,
    )
    base, message, loaded = names
    assert base == "https://insecure.invalid/wheels/"
    assert "https://insecure.invalid/wheels/special-1.0-py3-none-any.whl" in message
    assert loaded == {"six": "default channel", "pytz": "default channel"}


def test_a_lock_of_the_loader_is_restored(today: Runtime) -> None:
    assert start(
        today,
        "lockFileContents: (await loadPyodide({ api: '314', packages: ['pytz'] })).lock()",
        "return [python.loadedPackages.pytz, python.runPython('import pytz; pytz.__name__')];",
    ) == ["default channel", "pytz"]
