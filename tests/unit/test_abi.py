"""Do all files that name a version of the ABI agree with the variant file?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from conda_emscripten.abi import Abi
from conda_emscripten.errors import UsageError
from tests.harness.built import ROOT

VARIANTS = ROOT / "conda_build_config.yaml"
ABI = Abi.read(VARIANTS)

EMSCRIPTEN = r"(\d+\.\d+\.\d+)"
PYTHON = r"(3\.\d+)\b"


def test_the_variant_file_names_one_emscripten_and_one_python() -> None:
    variants = yaml.safe_load(VARIANTS.read_text())
    assert variants["c_compiler_version"] == variants["cxx_compiler_version"] == [ABI.emscripten]
    tag = ABI.python.replace(".", "")
    assert variants["python"] == [f"{ABI.python}.* *_cp{tag}"]
    assert ABI.cache_tag == f"cpython-{tag}"


# A recipe that read the variant file would be rebuilt for every change of the file.
@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("channel/bootstrap/emscripten/recipe.yaml", rf'^  version: "{EMSCRIPTEN}"'),
        ("recipes/emscripten-abi/recipe.yaml", rf'^  version: "{EMSCRIPTEN}"'),
        ("recipes/emscripten_emscripten-wasm32/recipe.yaml", rf'^  version: "{EMSCRIPTEN}"'),
        (
            "recipes/cross-python_emscripten-wasm32/recipe.yaml",
            rf'^  emscripten_version: "{EMSCRIPTEN}"',
        ),
        ("recipes/emscripten_emscripten-wasm32/tests/test.sh", rf"--version \| grep {EMSCRIPTEN}"),
        ("runtime/core/dylink.js", rf"in Emscripten {EMSCRIPTEN}"),
        ("docs/architecture.md", rf"`emscripten-abi`: {EMSCRIPTEN}"),
        ("docs/reference/bundle-format.md", rf"emscripten-abi[ -]{EMSCRIPTEN}"),
    ],
)
def test_emscripten_is_the_same_everywhere(file: str, pattern: str) -> None:
    found = set(re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE))
    assert found == {ABI.emscripten}


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("channel/bootstrap/python/recipe.yaml", rf'^  version: "{PYTHON}'),
        ("channel/bootstrap/cython/recipe.yaml", rf"- python {PYTHON}\.\*"),
        ("channel/bootstrap/emscripten/recipe.yaml", rf"- python {PYTHON}\.\*"),
        ("recipes/python/recipe.yaml", rf'^  version: "{PYTHON}'),
        ("recipes/python/recipe.yaml", rf"python_abi {PYTHON}\.\*"),
        ("recipes/python_abi/recipe.yaml", rf'^  version: "{PYTHON}"'),
        ("recipes/cross-python_emscripten-wasm32/recipe.yaml", rf'^  version: "{PYTHON}"'),
        ("runtime/core/layout.js", rf"CPython(?:\s|//)+{PYTHON} on wasm32"),
        ("runtime/mypy.ini", rf"python_version = {PYTHON}"),
        ("docs/architecture.md", rf"CPython \(`python`, {PYTHON}\)"),
        ("docs/reference/bundle-format.md", rf"lib/python{PYTHON}"),
    ],
)
def test_python_is_the_same_everywhere(file: str, pattern: str) -> None:
    found = set(re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE))
    assert found == {ABI.python}


def test_the_tools_that_read_the_runtime_know_its_python() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    tag = f"py{ABI.python.replace('.', '')}"
    assert tools["ruff"]["per-file-target-version"]["runtime/**"] == tag


def test_no_module_of_the_package_names_a_version_itself() -> None:
    number = re.compile(rf"{re.escape(ABI.emscripten)}|{re.escape(ABI.python)}\b")
    for path in (ROOT / "conda_emscripten").rglob("*.py"):
        lines = [line for line in path.read_text().splitlines() if "for example" not in line]
        lines = [line for line in lines if not re.search("help=|of the form", line)]
        assert not number.search("\n".join(lines)), path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("[", "cannot be read: line 1: expected the node content"),
        ("- a", "does not list the versions"),
        ("c_compiler_version: 3", "does not list the versions"),
        ("\x00", "cannot be read: unacceptable character"),
        ('c_compiler_version: ["4.0.9"]', "does not list the versions"),
        ("c_compiler_version: [4.0.9]\npython: [3.14]", "the python '3.14' is not of the form"),
    ],
)
def test_another_variant_file_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "conda_build_config.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        Abi.read(path)
    assert str(path) in caught.value.message
    assert caught.value.help


def test_the_versions_of_another_project_are_its_own(tmp_path: Path) -> None:
    path = tmp_path / "conda_build_config.yaml"
    path.write_text('c_compiler_version: ["4.0.9"]\npython: ["3.14.* *_cp314"]\n')
    abi = Abi.read(path)
    assert (abi.emscripten, abi.python) == ("4.0.9", "3.14")
    assert abi.site_packages == "lib/python3.14/site-packages"
