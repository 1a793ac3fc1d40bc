"""Do side modules of several packages work together: shared libraries, symbols, faults?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount

from conda_emscripten.serve import Files
from tests.harness.built import BUILD_DIR, require
from tests.harness.channels import index
from tests.harness.compiler import compiler
from tests.harness.node import node
from tests.harness.packages import write_package
from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.server import running
from tests.harness.tabs import start_page
from tests.harness.wasm_python import WasmPython

SITE = "lib/python3.13/site-packages"
PLATFORM = "emscripten-wasm32"

COUNTER = "static int value; int count(void) { return ++value; } int shared = 7;"

#: A module with one function without arguments that returns an int.
MODULE = """
#include <Python.h>
{declarations}
static PyObject *call(PyObject *self, PyObject *none) {{ return PyLong_FromLong({expression}); }}
static PyMethodDef methods[] = {{{{"call", call, METH_NOARGS, ""}}, {{0}}}};
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, 0, methods}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&module); }}
"""


class Compiler:
    """Makes side modules with the project's own compiler."""

    def __init__(self, tools: Path, include: Path, work: Path) -> None:
        self._tools, self._include, self._work = tools, include, work

    def library(self, name: str, source: str, *options: str | Path, suffix: str = "c") -> bytes:
        path = self._work / f"{name}.{suffix}"
        path.write_text(source)
        compile_ = "em++" if suffix == "cpp" else "emcc"
        output = self._work / f"{name}.so"
        command = [
            self._tools / compile_, "-sSIDE_MODULE=1", "-fPIC", "-O1", "-fwasm-exceptions",
            "-sSUPPORT_LONGJMP=wasm", "-sWASM_BIGINT", "-I", self._include, path,
            *options, "-o", output,
        ]  # fmt: skip
        done = subprocess.run(
            [str(part) for part in command], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return output.read_bytes()

    def module(
        self, name: str, declarations: str, expression: str, *options: str | Path
    ) -> dict[str, bytes]:
        """The files of a package with an extension module."""
        source = MODULE.format(name=name, declarations=declarations, expression=expression)
        return {f"{SITE}/{name}.so": self.library(name, source, *options)}

    def built(self, name: str) -> Path:
        return self._work / f"{name}.so"


@pytest.fixture(scope="module", params=["chromium", "firefox", "node"])
def runtime(request: pytest.FixtureRequest, site: str) -> Iterator[Runtime]:
    """A runtime of this module: a lock cannot name packages that were loaded from addresses."""
    if request.param == "node":
        with node(BUILD_DIR / "dist" / "pyodide.mjs") as started:
            yield started
    else:
        page = start_page(request.getfixturevalue(f"{request.param}_tabs"), site)
        yield page
        page.close()


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory, wasm_python: WasmPython) -> Iterator[str]:
    """A channel whose packages have side modules that need each other."""
    tools = compiler()
    require(tools is not None, "no compiler: run make quickstart")
    assert tools is not None
    work, folder = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("channel")
    make = Compiler(tools, wasm_python.prefix / "include" / "python3.13", work)
    counter = {"lib/libcounter.so": make.library("libcounter", COUNTER)}
    declare = "int count(void); extern int shared;"
    middle = make.library("libmiddle", f"{declare} int twice(void) {{ return 2 * count(); }}",
                          make.built("libcounter"))  # fmt: skip
    absent = {"lib/libabsent.so": make.library("libabsent", "int absent(void) { return 3; }")}
    later = {"lib/liblater.so": make.library("liblater", "int later(void) { return 3; }")}
    helper = "static int own = {n}; int helper(void) {{ return own; }}"
    # Two libraries that need each other: the second one is linked again when the first is there.
    ring_b = "int ring_a(void); int ring_b(void) {{ return {}; }}"
    make.library("libring_b", ring_b.format(2))
    ring_a = make.library("libring_a", "int ring_b(void); int ring_a(void) { return 5; }"
                          " int ring(void) { return ring_b(); }",
                          make.built("libring_b"))  # fmt: skip
    ring = {"lib/libring_a.so": ring_a,
            "lib/libring_b.so": make.library("libring_b", ring_b.format("ring_a() + 2"),
                                             make.built("libring_a"))}  # fmt: skip
    packages = {
        "libcounter": (counter, []),
        "ring": ({**ring, **make.module("ring", "int ring(void);", "ring()",
                                        make.built("libring_a"))}, []),
        "libabsent": (absent, []),
        "liblater": (later, []),
        "libmiddle": ({"lib/libmiddle.so": middle}, ["libcounter"]),
        "lib-one": (make.module("lib_one", declare, "count() * 10 + shared",
                                make.built("libcounter")), ["libcounter"]),
        "lib-two": (make.module("lib_two", "int twice(void);", "twice()",
                                make.built("libmiddle")), ["libmiddle"]),
        "lazy": ({**make.module("lazy_one", "", "1"), **make.module("lazy_two", "", "2")}, []),
        "own-a": (make.module("own_a", helper.format(n=1), "helper()"), []),
        "own-b": (make.module("own_b", helper.format(n=2), "helper()"), []),
        "no-library": (make.module("no_library", "int absent(void);", "absent()",
                                   make.built("libabsent")), []),
        "no-symbol": (make.module("no_symbol", "int nowhere_defined(void);",
                                  "nowhere_defined()"), []),
        "no-data": (make.module("no_data", "extern int no_such_data;", "no_such_data"), []),
        "large": (make.module("large", large_data(), "large_data[8999999]"), []),
        "large-without": (make.module("large_without", f"{large_data()} int later(void);",
                                      "large_data[8999999] + later()",
                                      make.built("liblater")), []),
    }  # fmt: skip
    for name, (files, depends) in packages.items():
        write_package(folder, name, "1.0", files, subdir=PLATFORM, depends=depends)
    index(folder)
    cors = Middleware(CORSMiddleware, allow_origins=["*"])
    with running(Starlette(routes=[Mount("/", Files(directory=folder))], middleware=[cors])) as at:
        yield f"{at}/"


def large_data() -> str:
    """A definition of 9 MB that the compiler cannot leave out."""
    return "unsigned char large_data[9000000] = {1, [8999999] = 42};"


def load(runtime: Runtime, channel: str, *names: str) -> None:
    """Load packages of the channel in one call, by their addresses."""
    addresses = [f"{channel}{PLATFORM}/{name}-1.0-h_0.lz4b" for name in names]
    runtime.run_js(f"await pyodide.loadPackage({addresses});")


def test_a_library_of_two_packages_is_there_once(runtime: Runtime, channel: str) -> None:
    load(runtime, channel, "lib-two", "lib-one", "libmiddle", "libcounter")
    # The state is shared: 1 by lib_one, then 2 by lib_two through a library in between.
    assert runtime.run_python("import lib_one; lib_one.call()") == 17
    assert runtime.run_python("import lib_two; lib_two.call()") == 4
    assert runtime.run_python("lib_one.call()") == 37


def test_libraries_may_need_each_other(runtime: Runtime, channel: str) -> None:
    load(runtime, channel, "ring")
    assert runtime.run_python("import ring; ring.call()") == 7


def test_ctypes_sees_the_same_library(runtime: Runtime, channel: str) -> None:
    load(runtime, channel, "lib-one", "libcounter")
    code = """
        import ctypes, lib_one
        before = lib_one.call() // 10
        library = ctypes.CDLL("/lib/libcounter.so")
        [library.count() - before, ctypes.c_int.in_dll(library, "shared").value]
    """
    assert runtime.run_python(code) == [1, 7]


def test_modules_keep_functions_of_one_name_to_themselves(runtime: Runtime, channel: str) -> None:
    load(runtime, channel, "own-a", "own-b")
    assert runtime.run_python("import own_a, own_b; [own_a.call(), own_b.call()]") == [1, 2]


def test_a_missing_library_is_named(runtime: Runtime, channel: str) -> None:
    load(runtime, channel, "no-library")
    message = (
        rf"ImportError: /{SITE}/no_library.so of the package no-library 1.0 needs the shared "
        r"library /lib/libabsent\.so, which is not there"
    )
    with pytest.raises(JavaScriptError, match=message):
        runtime.run_python("import no_library")
    with pytest.raises(JavaScriptError, match=message):
        runtime.run_python("import no_library")
    load(runtime, channel, "libabsent")  # and then it can be imported
    assert runtime.run_python("import no_library; no_library.call()") == 3


@pytest.mark.parametrize("name", ["no_symbol", "no_data"])
def test_a_missing_symbol_is_named(runtime: Runtime, channel: str, name: str) -> None:
    load(runtime, channel, name.replace("_", "-"))
    symbol = {"no_symbol": "nowhere_defined", "no_data": "no_such_data"}[name]
    package = name.replace("_", "-")
    message = f"/{SITE}/{name}.so of the package {package} 1.0 has undefined symbols: {symbol}"
    for _ in range(2):
        with pytest.raises(JavaScriptError, match=f"ImportError: {message}"):
            runtime.run_python(f"import {name}")
    # What is imported later does not suffer.
    load(runtime, channel, "own-a")
    assert runtime.run_python("import own_a; own_a.call()") == 1


def test_a_module_of_nine_megabytes_is_imported_on_the_main_thread(
    runtime: Runtime, channel: str
) -> None:
    load(runtime, channel, "large")
    assert runtime.run_python("import large; large.call()") == 42


def test_what_a_large_module_lacks_can_come_later(runtime: Runtime, channel: str) -> None:
    load(runtime, channel, "large-without")
    message = "ImportError: .*large_without.so .* needs .*/lib/liblater"
    with pytest.raises(JavaScriptError, match=message):
        runtime.run_python("import large_without")
    load(runtime, channel, "liblater")
    assert runtime.run_python("import large_without; large_without.call()") == 45


def test_nothing_is_instantiated_before_it_is_imported(runtime: Runtime, channel: str) -> None:
    count = f"""
        const {{ Instance }} = WebAssembly;
        let instances = 0;
        WebAssembly.Instance = new Proxy(Instance, {{
            construct(target, [module, imports]) {{
                if (imports?.["GOT.mem"]) instances++; // a side module
                return new target(module, imports);
            }},
        }});
        try {{
            await pyodide.loadPackage("{channel}{PLATFORM}/lazy-1.0-h_0.lz4b");
            const loaded = instances;
            pyodide.runPython("import lazy_one");
            return [loaded, instances];
        }} finally {{
            WebAssembly.Instance = Instance;
        }}
    """
    assert runtime.run_js(count) == [0, 1]  # the package's other module is not imported


def test_a_snapshot_keeps_side_modules_and_their_state(runtime: Runtime, channel: str) -> None:
    """Of nine megabytes, too: on a page, these are instantiated before they are imported."""
    packages = ["lib-one", "lib-two", "ring", "own-a", "own-b", "large", "large-without"]
    result = runtime.run_js(f"""
        const isPage = typeof document === "object";
        const {{ loadPyodide }} = isPage ? await import("/pyodide.mjs") : globalThis;
        const own = isPage ? "/channel/" : "{BUILD_DIR}/channel/";
        const channels = [own, "{channel}"];
        const packages = {[*packages, "liblater", "no-library", "libabsent"]};
        const first = await loadPyodide({{ channels, packages }});
        const calls = (modules) => `[` + modules.map((name) => `${{name}}.call()`) + `]`;
        const modules = {[name.replace("-", "_") for name in packages[:-1]]};
        first.runPython(`
import ${{modules}}
kept = lib_one.call, ring.call
`);
        const snapshot = await first.snapshot();
        const run = (pyodide, code) => pyodide.runPython(code).toJs();
        const results = [];
        const later = ["large_without", "no_library"];
        for (let start = 0; start < 2; start++) {{
            const second = await loadPyodide({{ channels, snapshot }});
            results.push([
                run(second, calls(modules)),
                // What the snapshot has not opened.
                run(second, "import large_without, no_library\\n" + calls(later)),
                run(second, "[kept[0]() // 10, kept[1]() ]"),
            ]);
        }}
        return [run(first, calls(modules)), ...results];
    """)
    called = [17, 4, 7, 1, 2, 42]
    restored = [called, [45, 3], [3, 7]]
    assert result == [called, restored, restored]


def test_a_damaged_file_has_the_same_error_each_time(runtime: Runtime) -> None:
    code = """
        import importlib, sys

        with open("/tmp/damaged.so", "wb") as file:
            file.write(b"\\0asm\\1\\0\\0\\0damaged")
        sys.path.append("/tmp")
        errors = []
        for _ in range(2):
            importlib.invalidate_caches()
            try:
                import damaged
            except ImportError as error:
                errors.append(str(error))
        errors[0] == errors[1], errors[0]
    """
    same, error = runtime.run_python(code)
    assert same
    assert "does not define" not in error  # what a second import of a loaded file would say
