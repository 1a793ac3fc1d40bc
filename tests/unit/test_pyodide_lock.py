"""Can programs that read Pyodide's lock file find the channel's packages?"""

from __future__ import annotations

import ast
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.index import index_channel
from conda_emscripten.project import Project
from conda_emscripten.pyodide_lock import API_LEVEL, write_site_lock
from tests.harness.built import ROOT
from tests.harness.channels import ABI, index
from tests.harness.packages import make_package

SITE = ABI.site_packages
INFO = {
    "version": API_LEVEL,
    "abi_version": "3_1_69",
    "platform": "emscripten_3_1_69",
    "arch": "wasm32",
    "python": "1.0",
}


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    """An indexed channel: numpy needs a shared library, which needs a package without files."""
    folder = tmp_path / "build" / "channel"
    native, noarch = folder / "emscripten-wasm32", folder / "noarch"
    make_package(noarch, {}, name="emscripten-abi", subdir="noarch", noarch="generic")
    make_package(native, {"lib/python3.13/os.py": b""}, name="python", depends=["emscripten-abi"])
    make_package(native, {"lib/a.so": b""}, name="openblas", depends=["emscripten-abi"])
    make_package(native, {"share/tool": b""}, name="tool", depends=["python"])
    files = {
        f"{SITE}/numpy/__init__.py": b"",
        f"{SITE}/numpy-2.5.dist-info/METADATA": b"Name: numpy\nVersion: 2.5\n",
    }
    make_package(native, files, name="numpy", depends=["python 1.*", "openblas >=1,<2"])
    index(folder)
    return folder


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_file_has_the_packages_with_modules_and_what_they_need(channel: Path) -> None:
    bundle = "emscripten-wasm32/numpy-1.0-h_0.lz4b"
    library = "emscripten-wasm32/openblas-1.0-h_0.lz4b"
    assert load(channel / "pyodide-lock.json") == {
        "info": INFO,
        "packages": {
            "numpy": {
                "name": "numpy",
                "version": "2.5",
                "file_name": bundle,
                "sha256": hashlib.sha256((channel / bundle).read_bytes()).hexdigest(),
                "package_type": "package",
                "install_dir": "site",
                "imports": ["numpy"],
                "depends": ["openblas"],
                "unvendored_tests": False,
            },
            "openblas": {
                "name": "openblas",
                "version": "1.0",
                "file_name": library,
                "sha256": hashlib.sha256((channel / library).read_bytes()).hexdigest(),
                "package_type": "shared_library",
                "install_dir": "dynlib",
                "imports": [],
                "depends": [],
                "unvendored_tests": False,
            },
        },
    }


def test_packages_have_normalized_names_and_keep_the_name_for_the_loader(channel: Path) -> None:
    native = channel / "emscripten-wasm32"
    make_package(native, {f"{SITE}/a.py": b""}, name="typing_extensions", depends=["python"])
    make_package(native, {f"{SITE}/b.py": b""}, name="b", depends=["typing_extensions >=1"])
    index(channel)
    packages = load(channel / "pyodide-lock.json")["packages"]
    assert packages["typing-extensions"]["name"] == "typing_extensions"
    assert packages["b"]["depends"] == ["typing-extensions"]


def test_the_file_of_the_site_names_the_files_of_its_channel(channel: Path, tmp_path: Path) -> None:
    write_site_lock(channel, tmp_path)
    packages = load(tmp_path / "pyodide-lock.json")["packages"]
    assert {entry["file_name"] for entry in packages.values()} == {
        "channel/emscripten-wasm32/numpy-1.0-h_0.lz4b",
        "channel/emscripten-wasm32/openblas-1.0-h_0.lz4b",
    }


@pytest.mark.usefixtures("channel")
def test_an_index_brings_the_file_of_the_site_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conda_emscripten.index.native_python", lambda *_: None)
    (tmp_path / "conda_build_config.yaml").symlink_to(ROOT / "conda_build_config.yaml")
    project = Project(root=tmp_path, build_dir=tmp_path / "build", cache_dir=tmp_path / "cache")
    index_channel(project)
    assert not (project.dist_dir / "pyodide-lock.json").exists()
    project.dist_dir.mkdir()
    index_channel(project)
    assert load(project.dist_dir / "pyodide-lock.json")["info"] == INFO
    (project.dist_dir / "pyodide-lock.json.br").write_bytes(b"of the old file")
    index_channel(project)
    assert [path.name for path in project.dist_dir.iterdir()] == ["pyodide-lock.json"]


def test_a_channel_without_packages_has_a_file_without_packages(tmp_path: Path) -> None:
    make_package(tmp_path / "noarch", {"share/a": b""}, name="a", subdir="noarch")
    index(tmp_path)
    lock = load(tmp_path / "pyodide-lock.json")
    assert lock == {"info": {**INFO, "python": ABI.python}, "packages": {}}


def test_a_site_without_an_indexed_channel_gets_no_file(tmp_path: Path) -> None:
    write_site_lock(tmp_path / "channel", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_that_of_the_runtime() -> None:
    module = ast.parse((ROOT / "runtime/py/pyodide/__init__.py").read_text())
    versions = [
        node.value.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        and any(isinstance(name, ast.Name) and name.id == "__version__" for name in node.targets)
        and isinstance(node.value, ast.Constant)
    ]
    assert API_LEVEL in versions
