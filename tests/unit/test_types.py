"""Do the shipped types describe the API, as the reference does?"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.built import ROOT, require

TSC = ROOT / "node_modules" / ".bin" / "tsc"
REFERENCE = ROOT / "docs" / "reference"
LINES = re.MULTILINE | re.DOTALL

PROGRAM = """
import { loadPyodide, version, type PyodideAPI, type PyodideConfig } from "pyodide";
import type { PyCallable, PyDict, PyProxy, PythonError, TypedArray } from "pyodide/ffi";

const options: PyodideConfig = { packages: ["numpy"], stdout: (line: string) => {} };
const pyodide: PyodideAPI = await loadPyodide(options);
const two: string = version;
const globals: PyProxy = pyodide.globals;
const names: string[] = (await pyodide.loadPackage("six")).map(({ name }) => name);
const value: unknown = await pyodide.runPythonAsync("1", { globals, filename: "one.py" });
pyodide.setStdout({ batched: (text) => text.trim() });
if (value instanceof pyodide.ffi.PyDict) {
  const dict: PyDict = value;
  dict.set("a", dict.length);
}
if (value instanceof pyodide.ffi.PyCallable) {
  const call: PyCallable = value;
  call.callKwargs(1, { a: 2 });
}
if (value instanceof pyodide.ffi.PyBuffer) {
  const data: TypedArray | DataView = value.getBuffer("u8").data;
  data.byteLength;
}
try {
  pyodide.runPython("1 / 0");
} catch (error) {
  if (error instanceof pyodide.ffi.PythonError) {
    const caught: PythonError = error;
    const type: string = caught.type;
  }
}
"""


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The npm package with the types as the build writes them."""
    require(TSC.exists(), "node_modules is missing: run `npm ci`.")
    package = tmp_path_factory.mktemp("types") / "node_modules" / "pyodide"
    package.mkdir(parents=True)
    script = "import('./runtime/js/types.mjs').then((m) => m.writeTypes(process.argv[1]))"
    subprocess.run(["node", "-e", script, package], cwd=ROOT, check=True)
    shutil.copy(ROOT / "runtime" / "npm" / "package.json", package)
    return package


def check(types: Path, program: str) -> str:
    """The complaints of ``tsc --strict`` about a program."""
    project = types.parents[1]
    (project / "program.mts").write_text(program)
    options = ["--strict", "--noEmit", "--target", "esnext", "--module", "nodenext", "--types", ""]
    command: list[str | Path] = [TSC, *options, "--lib", "esnext,dom", "program.mts"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout


def test_a_program_of_both_files_compiles(types: Path) -> None:
    assert check(types, PROGRAM) == ""


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("pyodide.runPython(1)", "not assignable to parameter of type 'string'"),
        ("pyodide.noSuchMember", "does not exist"),
        ("await loadPyodide({ stdout: 1 })", "not assignable"),
    ],
)
def test_a_wrong_use_is_refused(types: Path, wrong: str, complaint: str) -> None:
    assert complaint in check(types, f"{PROGRAM}\n{wrong};\n")


def test_the_types_need_no_other_file(types: Path) -> None:
    for file in ("pyodide.d.ts", "ffi.d.ts"):
        text = (types / file).read_text()
        assert "from '" not in text.replace("from './ffi", "")
        assert "/// <reference" not in text


def members(types: Path, *declarations: str) -> set[str]:
    """The names of members of classes and interfaces, without those with an underscore."""
    text = (types / "pyodide.d.ts").read_text()
    names: set[str] = set()
    for declaration in declarations:
        [body] = re.findall(
            rf"^(?:declare |abstract )*\w+ {declaration}\b[^{{]*{{\n(.*?)^}}", text, LINES
        )
        names |= set(
            re.findall(r"^    (?:readonly |get |abstract )*([a-z]\w*)\b[?(:<]", body, re.MULTILINE)
        )
    assert names
    return names


def test_the_reference_names_every_member_of_pyodide(types: Path) -> None:
    text = (REFERENCE / "javascript.md").read_text()
    names = members(types, "PyodideAPI", "InterpreterAPI") - {"useNodeSockFS", "makeMemorySnapshot"}
    assert {name for name in names if f"pyodide.{name}" not in text} == set()


def test_the_reference_names_every_option_of_load_pyodide(types: Path) -> None:
    text = (REFERENCE / "javascript.md").read_text()
    interfaces = ("PyodideOptions", "CoreOptions", "StreamOptions", "LockfileOptions", "Callbacks")
    names = members(types, *interfaces) - {"terminal"}
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_the_reference_names_every_class_of_ffi(types: Path) -> None:
    text = (REFERENCE / "javascript.md").read_text()
    names = re.findall(r"^declare const (Py\w+)", (types / "ffi.d.ts").read_text(), re.MULTILINE)
    assert len(names) == 19
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize(
    "module", ["code", "console", "ffi/__init__", "ffi/wrappers", "http/__init__", "webloop"]
)
def test_the_reference_names_every_name_of_a_python_module(module: str) -> None:
    source = (ROOT / "runtime" / "py" / "pyodide" / f"{module}.py").read_text()
    [names] = re.findall(r"^__all__ = (\[.*?\])", source, LINES)
    text = (REFERENCE / "python.md").read_text()
    assert [name for name in ast.literal_eval(names) if name not in text] == []
