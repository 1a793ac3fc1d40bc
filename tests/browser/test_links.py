"""Do symbolic links of packages behave as on Linux?

The same program looks at a package in a page, in Node and, unpacked by ``tarfile``, on Linux.
"""

# The functions of ``os`` are tested.
# ruff: noqa: PTH101, PTH104, PTH108, PTH112, PTH113, PTH115, PTH116, PTH118, PTH120, PTH123, PTH208
# ruff: noqa: PTH211

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.bundle import write_bundle
from tests.harness.archives import as_tar_bz2, unpack, write_repodata
from tests.harness.built import BUILD_DIR, require
from tests.harness.channels import ABI, index
from tests.harness.compiler import compiler
from tests.harness.node import node
from tests.harness.packages import Content, make_package
from tests.harness.programs import source
from tests.harness.runtime import Runtime
from tests.harness.server import other_origin, running
from tests.harness.tabs import OpenTab
from tests.harness.wasm_python import WasmPython

#: An extension module and a function for ctypes.
SOURCE = """
#include <Python.h>
int answer(void) { return 42; }
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_linked", "by link"};
PyMODINIT_FUNC PyInit__linked(void) { return PyModule_Create(&module); }
"""
SITE_PACKAGES = "lib/python3.13/site-packages"
#: Name of a package -> how it is loaded: by the address of a file, or from a channel. Each name is
#: another, so that one interpreter can load all of them.
BY_ADDRESS = {"linked0": "conda", "linked1": "tar.bz2", "linked2": "lz4b"}
FROM_CHANNEL = {"linked3": "with bundles", "linked4": "of .conda", "linked5": "of .tar.bz2"}


def link(target: str) -> tuple[bytes, str]:
    return tarfile.SYMTYPE, target


def contents(name: str) -> dict[str, Content]:
    """Links of every kind; in the archive, they are before their targets."""
    top = f"share/{name}"
    links = {
        "file": "real/data.txt",
        "link": "file",
        "third": "link",
        "folder": "real",
        "again": "folder",
        "through": "again/deep/more.txt",
        "up": "../../lib/../share/./" + name + "/folder/deep",
        "self": ".",
        "root": "../..",
        "real/back": "../real",
        "real/deep/to-file": "../../third",
        "nothing": "missing",
        "late": "nothing",
        "below-file": "real/data.txt/x",
        "loop": "ring",
        "ring": "loop",
        "me": "me",
        "long": "./" * 120 + "real/data.txt",
        "ünï": "real/日本.txt",
        "slash": "real/",
    }
    return {
        **{f"{top}/{path}": link(target) for path, target in links.items()},
        f"lib/{name}.so": link(f"{name}.so.1"),
        f"lib/{name}.so.1": link(f"{name}.so.1.2"),
        f"{SITE_PACKAGES}/{name}_alias": link(f"{name}_pkg"),
        f"{SITE_PACKAGES}/{name}_one.py": link(f"{name}_pkg/one.py"),
        f"{top}/real/data.txt": b"data\n",
        f"{top}/real/deep/more.txt": b"more\n",
        f"{top}/real/日本.txt": "日本".encode(),
        f"lib/{name}.so.1.2": b"library",
        f"{SITE_PACKAGES}/{name}_pkg/__init__.py": b"value = 7\n",
        f"{SITE_PACKAGES}/{name}_pkg/one.py": b"value = 1\n",
    }


def look(root: str, name: str) -> dict[str, Any]:
    """What Python sees of every path of the package, and of some that lead through links."""
    top = f"{root}/share/{name}"

    def outcome(function: Callable[[str], Any], path: str) -> Any:
        try:
            value = function(path)
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return value.removeprefix(root) or "/" if isinstance(value, str) else value

    def read(path: str) -> str | None:
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except OSError:  # Emscripten has other numbers here
            return None

    functions: dict[str, Callable[[str], Any]] = {
        "text": read,
        # readlink() of Emscripten before 4 makes the target absolute (emscripten issue 22999).
        "readlink": lambda path: os.path.normpath(
            os.path.join(os.path.realpath(os.path.dirname(path)), os.readlink(path))
        ),
        "list": lambda path: sorted(os.listdir(path)) if os.path.isdir(path) else None,
        "size": lambda path: os.stat(path).st_size if os.path.isfile(path) else None,
        "kind": lambda path: os.lstat(path).st_mode >> 12,
        "kind of target": lambda path: os.stat(path).st_mode >> 12,
        "exists": os.path.exists,
        "lexists": os.path.lexists,
        "real": os.path.realpath,
        "strictly real": lambda path: os.path.realpath(path, strict=True),
    }
    paths = [
        *(f"{top}/{entry}" for entry in sorted(os.listdir(top)) if entry != "root"),
        *(f"{top}/real/{entry}" for entry in sorted(os.listdir(f"{top}/real"))),
        f"{top}/real/deep/to-file",
        f"{top}/again/deep/more.txt",
        f"{top}/up/more.txt",
        f"{top}/self/self/file",
        f"{top}/root/share/{name}/file",
        f"{top}/folder/back/back/data.txt",
        f"{top}/folder/..",
        f"{top}/again/../file",
        f"{top}/file/x",
        f"{top}/nothing/x",
        f"{top}/loop/x",
        f"{root}/lib/{name}.so",
        f"{root}/lib/{name}.so.1",
    ]
    seen: dict[str, Any] = {
        path.removeprefix(root): {key: outcome(call, path) for key, call in functions.items()}
        for path in paths
    }
    with os.scandir(top) as entries:
        seen["scandir"] = sorted(
            [entry.name, entry.is_symlink(), outcome(lambda _: entry.is_dir(), "")]  # noqa: B023
            for entry in entries
        )
    seen["walk"] = [
        [folder.removeprefix(root), sorted(folders), sorted(files)]
        for folder, folders, files in os.walk(top)
    ]
    return seen


def change(root: str, name: str) -> list[Any]:
    """Write through links, and remove, rename and replace links."""
    top = f"{root}/share/{name}"
    with open(f"{top}/third", "a") as file:
        file.write("added\n")
    with open(f"{top}/again/new.txt", "w") as file:
        file.write("new\n")
    os.unlink(f"{top}/folder")
    os.rename(f"{top}/link", f"{top}/real/link")
    os.symlink("real", f"{top}/folder")
    os.chmod(f"{top}/file", 0o600)
    os.chmod(f"{top}/folder/new.txt", 0o640)
    results: list[Any] = []
    for path in ("real/data.txt", "real/new.txt", "file", "third", "real/link"):
        try:
            with open(f"{top}/{path}") as file:
                results.append([path, file.read(), os.stat(f"{top}/{path}").st_mode & 0o777])
        except OSError as error:
            results.append([path, errno.errorcode[error.errno or 0]])
    return [results, sorted(os.listdir(f"{top}/folder"))]


def modules(root: str, name: str) -> list[Any]:
    """Import through links: to a package's folder, and to a module."""
    sys.path.insert(0, f"{root}/lib/python3.13/site-packages")
    try:
        alias = __import__(f"{name}_alias.one")
        module = __import__(f"{name}_one")
        files = [str(each.__file__).removeprefix(root) for each in (alias, module)]
        return [alias.value, alias.one.value, module.value, files]
    finally:
        del sys.path[0]
        for module_name in [key for key in sys.modules if key.startswith(f"{name}_")]:
            del sys.modules[module_name]


def on_linux(tmp_path: Path, program: Callable[[str, str], Any], name: str) -> Any:
    """The program's result for the unpacked package."""
    package = make_package(tmp_path, contents(name), name=name)
    unpack(package, tmp_path / "prefix")
    return json.loads(json.dumps(program(str(tmp_path / "prefix"), name)))


def run(runtime: Runtime, program: Callable[[str, str], Any], name: str) -> Any:
    definitions, call = source(program, "", name)
    return json.loads(runtime.run_python(f"{definitions}\nimport errno, os, sys\n{call}"))


def write(package: Path, suffix: str) -> None:
    """Write a ``.conda`` package in another format beside it."""
    if suffix == "tar.bz2":
        as_tar_bz2(package)
    elif suffix == "lz4b":
        write_bundle(package, package.with_suffix(".lz4b"), abi=ABI, python=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages by address in one folder, and the channels ``bundles`` and ``plain``."""
    folder = tmp_path_factory.mktemp("links")
    for name, suffix in BY_ADDRESS.items():
        write(make_package(folder, contents(name), name=name), suffix)
    below = {f"share/{name}/again/deep/x": b"below" for name in BY_ADDRESS}
    make_package(folder, below, name="below-links")
    missing = {f"share/{name}/missing": b"target" for name in BY_ADDRESS}
    make_package(folder, missing, name="completes")
    for name, kind in FROM_CHANNEL.items():
        channel = folder / ("bundles" if kind == "with bundles" else "plain")
        package = make_package(channel / "emscripten-wasm32", contents(name), name=name)
        if kind == "of .tar.bz2":
            as_tar_bz2(package)
            package.unlink()
    index(folder / "bundles")
    write_repodata(folder / "plain" / "emscripten-wasm32")
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with running(other_origin(folder)) as address:
        yield address


@pytest.fixture(scope="module", params=["chromium", "firefox", "node"])
def channel_runtime(request: pytest.FixtureRequest, address: str) -> Iterator[Runtime]:
    """An interpreter that has the two channels before the site's own."""
    channels = [f"{address}/bundles/", f"{address}/plain/"]
    if request.param == "node":
        own = (BUILD_DIR / "channel").as_uri()
        with node(BUILD_DIR / "dist" / "pyodide.mjs", channels=[*channels, f"{own}/"]) as started:
            yield started
        return
    open_tab: OpenTab = request.getfixturevalue(f"{request.param}_tabs")
    page = open_tab(f"{request.getfixturevalue('site')}/pages/blank.html")
    page.run_js(f"""
        const {{ loadPyodide }} = await import("/pyodide.mjs");
        const channels = {[*channels, "/channel/"]};
        globalThis.pyodide = await loadPyodide({{ api: "0.16", channels }});
    """)
    yield page
    page.close()


@pytest.mark.parametrize("name", BY_ADDRESS)
def test_links_of_a_package_by_address(
    runtime: Runtime, address: str, tmp_path: Path, name: str
) -> None:
    runtime.run_js(f"await pyodide.loadPackage('{address}/{name}-1.0-h_0.{BY_ADDRESS[name]}');")
    for program in (look, modules, change):
        assert run(runtime, program, name) == on_linux(tmp_path / program.__name__, program, name)


@pytest.mark.parametrize("name", FROM_CHANNEL)
def test_links_of_a_package_from_a_channel(
    channel_runtime: Runtime, tmp_path: Path, name: str
) -> None:
    channel_runtime.run_js(f"await pyodide.loadPackage('{name}');")
    for program in (look, modules, change):
        expected = on_linux(tmp_path / program.__name__, program, name)
        assert run(channel_runtime, program, name) == expected


def test_files_and_targets_of_other_packages_are_found_through_links(
    runtime: Runtime, address: str
) -> None:
    packages = [f"{name}-1.0-h_0.{suffix}" for name, suffix in BY_ADDRESS.items()]
    later = ["below-links-1.0-h_0.conda", "completes-1.0-h_0.conda"]
    for files in (packages, later):
        runtime.run_js(f"await pyodide.loadPackage({[f'{address}/{file}' for file in files]});")
    for name in BY_ADDRESS:
        paths = [f"/share/{name}/real/deep/x", f"/share/{name}/late"]
        read = f"[open(path).read() for path in {paths}]"
        assert runtime.run_python(read) == ["below", "target"]


@pytest.fixture(scope="module")
def side_module(tmp_path_factory: pytest.TempPathFactory, wasm_python: WasmPython) -> bytes:
    """The compiled SOURCE."""
    tools = compiler()
    require(tools is not None, "no compiler: run make quickstart")
    assert tools is not None
    work = tmp_path_factory.mktemp("side-module")
    (work / "linked.c").write_text(SOURCE)
    include = wasm_python.prefix / "include" / "python3.13"
    options = ["-sSIDE_MODULE=1", "-fPIC", "-O1", f"-I{include}", "linked.c", "-o", "linked.so"]
    subprocess.run([str(tools / "emcc"), *options], cwd=work, check=True, capture_output=True)
    return (work / "linked.so").read_bytes()


@pytest.mark.parametrize("suffix", BY_ADDRESS.values())
def test_side_modules_are_loaded_through_links(
    runtime: Runtime, address: str, folder: Path, side_module: bytes, suffix: str
) -> None:
    name = f"with-side-module-{suffix.replace('.', '')}"
    top = f"share/{name}"
    files: dict[str, Content] = {
        f"{top}/lib/libanswer.so": link("libanswer.so.1"),
        f"{top}/lib/libanswer.so.1": link("libanswer.so.1.0"),
        f"{top}/lib/libanswer.so.1.0": side_module,
        f"{top}/modules": link("packages"),
        f"{top}/packages/_linked.so": link("../lib/libanswer.so"),
    }
    write(make_package(folder, files, name=name), suffix)
    runtime.run_js(f"await pyodide.loadPackage('{address}/{name}-1.0-h_0.{suffix}');")
    assert runtime.run_python(f"""
        import ctypes, sys
        sys.modules.pop("_linked", None)
        sys.path.insert(0, "/{top}/modules")
        import _linked
        del sys.path[0]
        [ctypes.CDLL("/{top}/lib/libanswer.so").answer(), _linked.__doc__, _linked.__file__]
    """) == [42, "by link", f"/{top}/modules/_linked.so"]
