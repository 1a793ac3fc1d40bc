"""Are packages loaded from addresses outside any channel, as chapters 1.1.2 and 1.5.1 promise?"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from conda_emscripten.channel_layout import bundle_files
from conda_emscripten.serve import Files
from tests.harness import server
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.compiler import compiler
from tests.harness.page import JavaScriptError
from tests.harness.server import running
from tests.harness.tabs import OpenTab
from tests.harness.wasm_python import WasmPython

SITE_PACKAGES = "lib/python3.13/site-packages"

# The code of a page or a worker that loads the package ``special`` from an address.
LOAD = """
    const messages = [], errors = [];
    await python.loadPackage(ADDRESS, (line) => messages.push(line), (line) => errors.push(line));
    const result = python.runPython(
        "import special, special._speed\\n[special.where, special._speed.double(21)]");
    return [result, messages, errors, python.loadedPackages.special];
"""

SPEED = """
#include <Python.h>

static PyObject *twice(PyObject *self, PyObject *argument)
{
    return PyNumber_Add(argument, argument);
}

static PyMethodDef methods[] = {{"double", twice, METH_O, "x + x"}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_speed", NULL, 0, methods};

PyMODINIT_FUNC PyInit__speed(void)
{
    return PyModule_Create(&module);
}
"""

VARIANTS = {
    "plain": [],
    "lz4": ["--lz4"],
    "pyodide": ["--export-name=pyodide._module", "--use-preload-plugins"],
    "embedded": [],
    "metadata": ["--separate-metadata"],
    "cached": ["--use-preload-cache"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, wasm_python: WasmPython) -> Path:
    """The files of the servers: a package with a side module in all forms, and NumPy."""
    tools = compiler()
    require(tools is not None, "no compiler: run make quickstart")
    assert tools is not None
    work = tmp_path_factory.mktemp("work")
    package = work / "root" / SITE_PACKAGES / "special"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("where = 'special distribution'\n")
    (work / "speed.c").write_text(SPEED)
    run(
        tools / "emcc", "-sSIDE_MODULE=2", "-sEXPORTED_FUNCTIONS=_PyInit__speed", "-fPIC", "-O1",
        "-I", wasm_python.prefix / "include/python3.13",
        work / "speed.c", "-o", package / "_speed.so",
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("custom")
    for variant, options in VARIANTS.items():
        (folder / variant).mkdir()
        how = "--embed" if variant == "embedded" else "--preload"
        run(
            tools / "file_packager", folder / variant / "special.data", how, f"{work}/root@/",
            f"--js-output={folder / variant / 'special.js'}", "--quiet", *options,
        )  # fmt: skip
    for channel_file in (BUILD_DIR / "channel").glob("*/*"):
        if channel_file.suffix in (".conda", ".lz4b") and channel_file.parent.name != "linux-64":
            shutil.copy(channel_file, folder)
    return folder


def run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def own_site(folder: Path) -> Iterator[str]:
    """The site, with the packages on the same origin at /custom/."""
    pages = ROOT / "tests" / "browser" / "pages"
    with running(server.site(BUILD_DIR, pages=pages, custom=folder)) as address:
        yield address


@pytest.fixture(scope="module")
def custom(folder: Path) -> Iterator[str]:
    """The address of the packages on another origin, which permits CORS."""
    cors = Middleware(CORSMiddleware, allow_origins=["*"])
    app = Starlette(routes=[Mount("/", Files(directory=folder))], middleware=[cors])
    with running(app) as address:
        yield address


@pytest.fixture
def open_own(open_url: OpenTab, own_site: str) -> OpenTab:
    """Opens a path of the site with the packages."""
    return lambda path: open_url(own_site + path)


def classic(open_own: OpenTab, code: str) -> Any:
    """Run code in a page that has the script pyodide.js."""
    page = open_own("/pages/pyodide.html")
    return page.run_js(f"await languagePluginLoader; const python = pyodide; {code}")


def module(open_own: OpenTab, code: str) -> Any:
    """Run code in a page that imports pyodide.mjs and has no global ``pyodide``."""
    start = 'const python = await (await import("/pyodide.mjs")).loadPyodide({ api: "0.16" });'
    return open_own("/pages/blank.html").run_js(f"{start} {code}")


def worker(open_own: OpenTab, code: str, options: str = "'/pages/run-worker.js'") -> Any:
    """Run code in a worker with the script pyodide.js."""
    return open_own("/pages/blank.html").run_js(f"""
        const worker = new Worker({options});
        const outcome = await new Promise((resolve, reject) => {{
            worker.onmessage = (event) => resolve(event.data);
            worker.onerror = (event) => reject(new Error(event.message));
            worker.postMessage({{ code: {json.dumps(code)} }});
        }});
        worker.terminate();
        if (outcome.error) throw new Error(outcome.error);
        return outcome.value;
    """)


def module_worker(open_own: OpenTab, code: str) -> Any:
    """Run code in a module worker, which has no importScripts."""
    return worker(open_own, code, "'/pages/run-worker.js#module', { type: 'module' }")


@pytest.mark.parametrize("where", [classic, module, worker, module_worker])
@pytest.mark.parametrize("variant", ["plain", "pyodide"])
def test_packages_of_file_packager_are_loaded_in_pages_and_workers(
    open_own: OpenTab, custom: str, where: Callable[[OpenTab, str], Any], variant: str
) -> None:
    address = f"{custom}/{variant}/special.js"
    assert where(open_own, LOAD.replace("ADDRESS", json.dumps(address))) == [
        ["special distribution", 42],
        [f"Loading special from {address}", "Loaded special"],
        [],
        address,
    ]


@pytest.mark.parametrize("variant", ["lz4", "embedded"])
def test_packages_of_file_packager_with_other_options_are_loaded(
    open_own: OpenTab, custom: str, variant: str
) -> None:
    address = f"{custom}/{variant}/special.js"
    result, _, errors, origin = classic(open_own, LOAD.replace("ADDRESS", json.dumps(address)))
    assert (result, errors, origin) == (["special distribution", 42], [], address)


@pytest.mark.parametrize("variant", ["metadata", "cached"])
def test_a_script_that_fetches_by_itself_is_refused(
    open_own: OpenTab, custom: str, variant: str
) -> None:
    with pytest.raises(JavaScriptError, match="--separate-metadata and --use-preload-cache"):
        classic(open_own, f"await python.loadPackage('{custom}/{variant}/special.js')")


def test_a_policy_without_unsafe_eval_suffices(open_own: OpenTab, own_site: str) -> None:
    page = open_own("/pages/strict.html")
    load = LOAD.replace("ADDRESS", f"'{own_site}/custom/plain/special.js'")
    result = page.run_js(f"await languagePluginLoader; const python = pyodide; {load}")
    assert result[0] == ["special distribution", 42]


def test_a_policy_that_forbids_the_script_is_named(open_own: OpenTab, custom: str) -> None:
    page = open_own("/pages/strict.html")
    with pytest.raises(JavaScriptError, match=r"special.js can.*be (run|fetched)"):
        page.run_js(
            f"await languagePluginLoader; await pyodide.loadPackage('{custom}/plain/special.js')"
        )


def test_a_special_numpy_replaces_the_channel_s(open_own: OpenTab, folder: Path) -> None:
    special = folder / "numpy"
    special.mkdir(exist_ok=True)
    for name in ("special.js", "special.data"):
        text = (folder / "plain" / name).read_bytes()
        text = text.replace(b"special.data", b"numpy.data").replace(b"/special/", b"/numpy/")
        (special / name.replace("special", "numpy")).write_bytes(
            text.replace(b'"special"', b'"numpy"')
        )
    assert classic(
        open_own,
        """
        const address = new URL("/custom/numpy/numpy.js", location).href;
        await python.loadPackage(address);
        const errors = [];
        await python.loadPackage("numpy", undefined, (line) => errors.push(line));
        const where = await python.runPythonAsync("import numpy as np\\nnp.where");
        return [where, errors, python.loadedPackages.numpy === address];
        """,
    ) == ["special distribution", [], True]


def test_errors_are_one_clear_message_each(open_own: OpenTab, custom: str) -> None:
    addresses = {
        f"{custom}/plain/special.zip": r"must end with <package-name>\.js",
        f"{custom}/nowhere/special.js": r"special\.js is missing \(404\)",
        f"{custom}/nowhere/special-1.0-0.conda": r"special-1\.0-0\.conda is missing \(404\)",
        f"{custom}/nowhere/special-1.0-0.lz4b": r"special-1\.0-0\.lz4b is missing \(404\)",
        "http://127.0.0.1:9/special.js": r"127\.0\.0\.1:9/special\.js cannot be fetched",
    }
    found = classic(
        open_own,
        f"""
        const found = [];
        for (const address of {json.dumps(list(addresses))}) {{
            const errors = [];
            const why = await python.loadPackage(address, undefined, (line) => errors.push(line))
                .then(() => "loaded", (error) => error.message);
            found.push([why, errors]);
        }}
        return found;
        """,
    )
    for (why, errors), expected in zip(found, addresses.values(), strict=True):
        assert re.search(expected, why)
        assert errors == [why]


@pytest.mark.parametrize("where", [classic, module, worker, module_worker])
def test_a_script_with_a_syntax_error_says_so(
    open_own: OpenTab, folder: Path, own_site: str, where: Callable[[OpenTab, str], Any]
) -> None:
    (folder / "broken.js").write_text("var Module = {;")
    # "Unexpected token ';'" in Chromium, "expected property name, got ';'" in Firefox
    with pytest.raises(JavaScriptError, match=r"broken.js cannot be run as a script: .*';'"):
        where(open_own, f"await python.loadPackage('{own_site}/custom/broken.js')")


def test_a_name_that_is_loaded_from_another_address_is_a_warning(
    open_own: OpenTab, custom: str
) -> None:
    first, second = f"{custom}/plain/special.js", f"{custom}/lz4/special.js"
    assert classic(
        open_own,
        f"""
        const errors = [];
        await python.loadPackage("{first}");
        await python.loadPackage("{second}", undefined, (line) => errors.push(line));
        await python.loadPackage("{first}", undefined, (line) => errors.push(line));
        return [errors, python.loadedPackages.special];
        """,
    ) == [[f"special is already loaded from {first}; {second} is not loaded."], first]


def numpy_files(folder: Path, suffix: str) -> list[Path]:
    """A package of numpy, or the parts of its bundle."""
    package = min(folder.glob("numpy-*.conda"))
    return [package] if suffix == ".conda" else bundle_files(package)


@pytest.mark.parametrize("suffix", [".conda", ".lz4b"])
@pytest.mark.parametrize("where", [classic, worker])
def test_a_package_of_a_channel_is_loaded_from_its_own_address(
    open_own: OpenTab,
    folder: Path,
    custom: str,
    where: Callable[[OpenTab, str], Any],
    suffix: str,
) -> None:
    files = numpy_files(folder, suffix)
    address = f"{custom}/{files[0].name}"
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    assert where(
        open_own,
        f"""
        await python.loadPackage("openblas"); // a bundle does not say what it needs
        await python.loadPackage("{address}#sha256={digest}");
        python.runPython("import numpy");
        const value = python.runPython("numpy.linalg.solve([[4, 1], [1, 3]], [1, 2]) * 11");
        return [[...value].map(Math.round), python.loadedPackages.numpy];
        """,
    ) == [[1, 7], address]


def test_packages_from_addresses_and_from_channels_do_not_share_chunks(
    open_own: OpenTab, folder: Path, custom: str
) -> None:
    file = numpy_files(folder, ".lz4b")[0]
    load = f"""
        python.runPython(`
            import pathlib, sys
            stdlib = next(path for path in sys.path if path.endswith("python3.13"))
            for path in pathlib.Path(stdlib).rglob("*.pyc"):
                path.read_bytes()
        `);
        await python.loadPackage("openblas"); // a bundle does not say what it needs
        await python.loadPackage("{custom}/{file.name}");
        return python.runPython("import numpy; numpy.arange(4).sum().item()");
    """
    assert classic(open_own, load) == 6


@pytest.mark.parametrize("suffix", [".conda", ".lz4b"])
def test_a_damaged_package_is_refused(
    open_own: OpenTab, folder: Path, custom: str, suffix: str
) -> None:
    damaged = folder / "damaged"
    damaged.mkdir(exist_ok=True)
    file, *others = numpy_files(folder, suffix)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / file.name).write_bytes(content)
    for other in others:
        shutil.copy(other, damaged)
    with pytest.raises(JavaScriptError, match=f"{suffix} cannot be loaded: .*damaged"):
        classic(open_own, f"await python.loadPackage('{custom}/damaged/{file.name}')")
