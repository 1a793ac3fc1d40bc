"""Does `pyodide` load packages and wheels as Pyodide 314 documents?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.wheels import make_wheel


def add_wheel(folder: Path, name: str) -> str:
    """Adds a wheel with the module `name`, which says where it is from; returns its file name."""
    wheel = make_wheel(name)
    (folder / wheel.file).write_bytes(wheel.content)
    return wheel.file


def test_packages_are_returned(today: Runtime) -> None:
    messages, loaded, again = today.run_js("""
        const messages = [];
        const options = { messageCallback: (line) => messages.push(line) };
        globalThis.fresh = await loadPyodide(); // other tests load packages, too
        const loaded = await fresh.loadPackage("pytz", options);
        return [messages, loaded, await fresh.loadPackage(["pytz"], options)];
    """)
    assert [package["name"] for package in loaded] == ["pytz"]
    assert loaded[0]["fileName"].startswith(f"pytz-{loaded[0]['version']}-")
    assert loaded[0]["packageType"] == "package"
    assert again == []
    assert messages == ["Loading pytz", "Loaded pytz", "No new packages to load"]
    assert today.run_js("return fresh.loadedPackages.pytz;") == "default channel"


def test_names_may_be_a_python_list(today: Runtime) -> None:
    assert today.run_js("""
        const names = pyodide.runPython("['packaging']");
        await pyodide.loadPackage(names);
        let message;
        try { names.length; } catch (error) { message = error.message; }
        return [pyodide.loadedPackages.packaging, /destroyed/.test(message)];
    """) == ["default channel", True]


def test_packages_of_imports_are_loaded_and_returned(today: Runtime) -> None:
    assert today.run_js("""
        const loaded = await pyodide.loadPackagesFromImports("import parso.tree, sys");
        return [
            loaded.map(({ name }) => name),
            await pyodide.loadPackagesFromImports("import parso"),
            await pyodide.loadPackagesFromImports("import jedi for"),
            "jedi" in pyodide.loadedPackages,
        ];
    """) == [["parso"], [], [], False]


def test_lines_of_ipython_do_not_hide_the_imports_of_a_cell(today: Runtime) -> None:
    assert today.run_js("""
        const cell = "%%time\\n%matplotlib inline\\n!ls\\nimport pytz";
        const python = await loadPyodide({ api: "314" }); // without packages
        const loaded = await python.loadPackagesFromImports(cell);
        return loaded.map(({ name }) => name);
    """) == ["pytz"]


def test_an_unknown_package_is_an_error(today: Runtime) -> None:
    assert today.run_js("""
        const errors = [];
        try {
            await pyodide.loadPackage("no-such", { errorCallback: (line) => errors.push(line) });
        } catch (error) {
            return [error.name, /no-such/.test(error.message), errors.length];
        }
    """) == ["LoaderError", True, 1]


def test_a_load_has_progress_and_can_be_ended(today: Runtime) -> None:
    assert today.run_js("""
        const phases = [];
        const control = new AbortController();
        control.abort(new Error("enough"));
        let message;
        try {
            await pyodide.loadPackage("snowballstemmer", { signal: control.signal });
        } catch (error) {
            message = error.message;
        }
        await pyodide.loadPackage("six", { onProgress: ({ phase }) => phases.push(phase) });
        return [message, phases.at(-1), "snowballstemmer" in pyodide.loadedPackages];
    """) == ["enough", "done", False]


def test_wheels_are_loaded_from_their_addresses(today: Runtime, wheels: tuple[str, Path]) -> None:
    address, folder = wheels
    file = add_wheel(folder, "whole-wheel")
    loaded, channel, value, again = today.run_js(f"""
        const loaded = await pyodide.loadPackage("{address}/{file}");
        return [
            loaded, pyodide.loadedPackages["whole-wheel"],
            pyodide.runPython("import whole_wheel; whole_wheel.__name__"),
            await pyodide.loadPackage("{address}/{file}"),
        ];
    """)
    version = file.split("-")[1]
    assert loaded == [
        {"name": "whole-wheel", "version": version, "fileName": file, "packageType": "package"}
    ]
    assert (channel, value, again) == (f"{address}/{file}", "whole_wheel", [])
    assert (
        today.run_python("""
        from importlib.metadata import distribution
        distribution("whole-wheel").read_text("INSTALLER")
    """)
        == "pyodide.loadPackage"
    )


def test_the_digest_of_a_wheel_is_compared(today: Runtime, wheels: tuple[str, Path]) -> None:
    address, folder = wheels
    file = add_wheel(folder, "checked-wheel")
    digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    with pytest.raises(JavaScriptError, match=f"is damaged: its sha256 is {digest}, not 0000"):
        today.run_js(f"await pyodide.loadPackage('{address}/{file}#sha256={'0' * 64}');")
    assert today.run_js(f"""
        const options = {{ checkIntegrity: false }};
        const wheels = await pyodide.loadPackage("{address}/{file}#sha256={"0" * 64}", options);
        return wheels.map(({{ name }}) => name);
    """) == ["checked-wheel"]


def test_a_missing_wheel_is_an_error(today: Runtime, wheels: tuple[str, Path]) -> None:
    with pytest.raises(JavaScriptError, match=r"none-1.0-py3-none-any\.whl cannot be fetched: 404"):
        today.run_js(f"await pyodide.loadPackage('{wheels[0]}/none-1.0-py3-none-any.whl');")
    with pytest.raises(JavaScriptError, match="is no wheel"):
        today.run_js(f"await pyodide.loadPackage('{wheels[0]}/nothing.whl');")


def test_wheels_of_a_lock_file_are_loaded_by_their_names(
    today: Runtime, wheels: tuple[str, Path]
) -> None:
    address, folder = wheels
    file = add_wheel(folder, "frozen-wheel")
    entry = {
        "name": "Frozen_Wheel",
        "version": "1.0",
        "file_name": file,
        "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest(),
        "package_type": "package",
        "install_dir": "site",
        "imports": ["frozen_wheel"],
        "depends": ["pytz"],
    }
    loaded, found = today.run_js(f"""
        const {{ info }} = pyodide.lockfile;
        const python = await loadPyodide({{
            api: "314",
            lockFileContents: {{ info, packages: {{ "frozen-wheel": {json.dumps(entry)} }} }},
            packageBaseUrl: "{address}",
        }});
        const loaded = await python.loadPackagesFromImports("import frozen_wheel");
        const found = python.runPython("import frozen_wheel, pytz; frozen_wheel.version");
        return [loaded.map(({{ name }}) => name), found];
    """)
    assert (loaded, found) == (["pytz", "frozen-wheel"], "1.0")


def test_wheels_are_an_option_of_the_start(today: Runtime, wheels: tuple[str, Path]) -> None:
    address, folder = wheels
    file = add_wheel(folder, "started-wheel")
    assert today.run_js(f"""
        const packages = ["pytz", "{address}/{file}"];
        const python = await loadPyodide({{ api: "314", packages }});
        python.runPython("import started_wheel, pytz");
        return Object.keys(python.loadedPackages).filter((name) => name !== "six");
    """) == ["pytz", "started-wheel"]
