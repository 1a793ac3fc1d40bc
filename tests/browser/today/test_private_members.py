"""Does `pyodide` have the members that front ends use beside the documentation?"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime
from tests.harness.wheels import make_wheel


def test_members_of_emscriptens_module(today: Runtime) -> None:
    assert today.run_js("""
        const { _module: module } = pyodide;
        return [
            module.FS === pyodide.FS, module.PATH_FS.resolve("/a/b", "../c"),
            module.UTF8ToString(module._strerror(pyodide.ERRNO_CODES.ENOENT)),
            module._PyErr_Occurred(), module.API === pyodide._api,
            module.PyProxy_getPtr(pyodide.runPython("x = []; x")) ===
                pyodide.runPython("id(x)"),
        ];
    """) == [True, "/a/c", "No such file or directory", 0, True, True]


def test_members_of_the_private_interface(today: Runtime) -> None:
    assert today.run_js("""
        const { _api: api } = pyodide;
        await api.packageIndexReady;
        return [
            api.lockfile_packages === pyodide.lockfile.packages,
            api.lockfile_info === pyodide.lockfile.info,
            api.abiVersion === pyodide.lockfile.info.abi_version,
            api._import_name_to_package_name.get("six"),
            api.pyVersionTuple.slice(0, 2), api.sitepackages, api.public_api === pyodide,
            api.isPyProxy(pyodide.globals), api.isPyProxy({}), api.config.indexURL.endsWith("/"),
        ];
    """) == [
        *[True, True, True, "six", [3, 13], "/lib/python3.13/site-packages"],
        *[True, True, False, True],
    ]


def test_binary_files_are_fetched(today: Runtime, wheels: tuple[str, Path]) -> None:
    address, folder = wheels
    (folder / "bytes.bin").write_bytes(b"\x00\x01")
    digest = hashlib.sha256(b"\x00\x01").digest()
    integrity = f"sha256-{base64.b64encode(digest).decode()}"
    assert today.run_js(f"""
        return Array.from(await pyodide._api.loadBinaryFile("{address}/bytes.bin", "{integrity}"));
    """) == [0, 1]
    with pytest.raises(JavaScriptError, match=r"nothing\.bin cannot be fetched"):
        today.run_js(f"await pyodide._api.loadBinaryFile('{address}/nothing.bin');")


@pytest.mark.parametrize("source", ["bytes", "pyodide.toPy(bytes)"])
def test_wheels_are_installed_with_metadata(
    today: Runtime, wheels: tuple[str, Path], source: str
) -> None:
    address, folder = wheels
    name = "own-wheel" if source == "bytes" else "other-wheel"
    wheel = make_wheel(name)
    file = wheel.file
    (folder / file).write_bytes(wheel.content)
    target = f"/tmp/{name}"
    result: Any = today.run_js(f"""
        const bytes = await pyodide._api.loadBinaryFile("{address}/{file}");
        const metadata = new Map([["INSTALLER", "me"]]);
        await pyodide._api.install({source}, "{file}", "{target}", metadata);
        return pyodide.runPython(`
            import os
            info = next(name for name in os.listdir("{target}") if name.endswith(".dist-info"))
            open(f"{target}/{{info}}/INSTALLER").read()
        `);
    """)
    assert result == "me"
    with pytest.raises(JavaScriptError, match="is no wheel"):
        today.run_js("await pyodide._api.install(new Uint8Array(9), 'a-1-py3-none-any.whl');")


def test_libraries_recognise_pyodide_by_its_internal_package(today: Runtime) -> None:
    assert today.run_python("import sys; '_pyodide' in sys.modules") is True
