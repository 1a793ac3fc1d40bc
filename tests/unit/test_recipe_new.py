"""Does a new recipe say what its project says, without running the project?"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from conda_emscripten.abi import Abi
from conda_emscripten.commands.app import run
from conda_emscripten.errors import RecipeError, SourceError, UsageError
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.built_files import modules_of
from conda_emscripten.recipe_new.c_libraries import LibraryTable
from conda_emscripten.recipe_new.c_recipe import build_script, name_and_version
from conda_emscripten.recipe_new.conda_names import CondaNames
from conda_emscripten.recipe_new.import_time import PARTS, parts_needed
from conda_emscripten.recipe_new.licences import licence_of
from conda_emscripten.recipe_new.new_recipes import NewRecipe, complete
from conda_emscripten.recipe_new.python_project import PythonProject
from conda_emscripten.recipe_new.python_recipe import canonical_url, find_suite
from conda_emscripten.recipe_new.recipe_text import Recipe
from conda_emscripten.recipe_new.requirements import (
    conda_version_spec,
    parse_requirements,
    python_spec,
    target_markers,
)
from conda_emscripten.recipe_new.setup_script import read_setup_script
from conda_emscripten.recipe_new.source_tree import SourceTree
from tests.harness.built import ROOT
from tests.harness.packages import make_package
from tests.harness.sdists import FolderIndex, write_sdist
from tests.harness.wheels import make_wheel

ABI = Abi(emscripten="3.1.69", python="3.13")

SETUP_PY = """
import os, sys
from setuptools import Extension, setup
open({touched!r}, "w").close()
libraries = ["z"]
if sys.platform == "win32":
    libraries = ["zlibwapi"]
LIBS = libraries + ["unheard-of"]
setup(
    name="demo",
    ext_modules=[Extension("demo._c", ["demo/c.c"], libraries=LIBS)],
    setup_requires=["cython"],
)
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderIndex:
    """An empty index, the only one in pip's configuration."""
    folder = tmp_path / "index"
    folder.mkdir()
    made = FolderIndex(folder)
    for key, value in made.env.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the recipes of zlib and six."""
    root = tmp_path / "project"
    for name in ("zlib", "six"):
        shutil.copytree(ROOT / "recipes" / name, root / "recipes" / name)
    (root / "channel" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    return root


def new(root: Path, *arguments: str) -> int:
    """The exit code of ``recipe new`` without a build."""
    return run(["recipe", "new", *arguments, "--no-build", "--root", str(root)])


def sdist_tree(folder: Path, files: dict[str, str]) -> SourceTree:
    """The tree of an sdist with ``files``."""
    sdist = folder / "demo-1.0.tar.gz"
    write_sdist(sdist, {"PKG-INFO": "Name: demo\nVersion: 1.0\n", **files})
    return SourceTree.read(sdist)


# What the source says


def test_setup_py_is_read_and_not_run(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    script = read_setup_script(SETUP_PY.format(touched=str(touched)))
    assert script.builds_extensions
    assert script.libraries == {"z", "unheard-of"}
    assert script.arguments["setup_requires"] == ["cython"]
    assert not touched.exists()


def test_a_setup_py_of_python_2_has_no_facts() -> None:
    assert not read_setup_script("print 'hello'").builds_extensions


def test_only_what_can_run_in_setup_py_counts() -> None:
    text = """
    from setuptools import Extension, setup
    def draw_the_logo():
        import numpy
        return Extension("demo._logo", [], libraries=["unheard-of"])
    def options():
        from Cython.Build import cythonize
        libraries = ["z"]
        return {"include_dirs": include_dirs(), "libraries": libraries}
    def include_dirs():
        import pybind11
    class build_ext(Base):
        def finalize_options(self):
            import own_tool
    class never(Base):
        def run(self):
            import other_tool
    setup(cmdclass={"build_ext": build_ext}, ext_modules=[Extension("demo._c", [], **options())])
    """
    script = read_setup_script(textwrap.dedent(text))
    assert script.modules == {"setuptools", "Cython", "pybind11", "own_tool"}
    assert script.libraries == {"z"}


@pytest.mark.parametrize(("folder", "is_own"), [("src", True), ("extern/eigen/blas", False)])
def test_fortran_of_bundled_projects_does_not_count(
    tmp_path: Path, folder: str, *, is_own: bool
) -> None:
    files = {"src/demo.cpp": "", f"{folder}/solve.f": ""}
    languages = PythonProject(tree=sdist_tree(tmp_path, files)).languages
    assert languages == {"cxx", *(["fortran"] if is_own else [])}


def test_requirements_of_extras_and_other_platforms_are_left_out() -> None:
    requirements = [
        "six>=1.0",
        "pywin32; sys_platform == 'win32'",
        "greenlet; platform_machine == 'x86_64'",
        "pyodide-http; sys_platform == 'emscripten'",
        "tomli; python_version < '3.11'",
        "pytest; extra == 'test'",
    ]
    markers = target_markers(ABI)
    found = parse_requirements(requirements, markers, source="demo")
    assert [each.project for each in found] == ["pyodide-http", "six"]
    found = parse_requirements(requirements, markers, extras=["test"], source="demo")
    assert [each.project for each in found] == ["pyodide-http", "pytest", "six"]


@pytest.mark.parametrize(
    ("specifier", "spec"),
    [
        ("", ""),
        ("<3,>=1.2", ">=1.2,<3"),
        ("==1.*", "1.*"),
        ("===1.5", "==1.5"),
        ("!=2.35.0,>=2.33", ">=2.33,!=2.35.0"),
        ("~=1.4", "~=1.4"),
    ],
)
def test_specifiers_become_conda_s(specifier: str, spec: str) -> None:
    assert conda_version_spec(SpecifierSet(specifier)) == spec


def test_python_keeps_its_bounds() -> None:
    assert python_spec("!=3.0.*,>=3.9,<4") == "python >=3.9,<4"
    assert python_spec(None) == "python"
    assert python_spec("nonsense") == "python"


def test_extras_in_the_requires_txt_of_setuptools_are_extras(tmp_path: Path) -> None:
    text = "six\n\n[test]\npytest\n\n[:sys_platform == 'win32']\npywin32\n"
    tree = sdist_tree(tmp_path, {"demo.egg-info/requires.txt": text})
    requirements = PythonProject(tree=tree).requires_dist
    found = parse_requirements(requirements, target_markers(ABI), source="demo")
    assert [each.project for each in found] == ["six"]


def test_a_recipe_s_source_says_which_conda_package_a_project_is() -> None:
    names = CondaNames(Project.find(ROOT))
    assert names.of("msgpack") == "msgpack-python"
    assert names.of("Typing.Extensions") == "typing_extensions"
    assert names.of("python_dateutil") == "python-dateutil"
    assert names.is_made("libcblas") and names.is_made("pandas")
    assert names.is_tool("hatchling") and not names.is_made("hatchling")


def test_the_canonical_url_has_the_file_s_own_name() -> None:
    base = "https://pypi.io/packages/source"
    assert canonical_url("Google-CRC32C", "1.9.0", "google_crc32c-1.9.0.tar.gz") == (
        "1.9.0",
        f"{base}/g/google-crc32c/google_crc32c-${{{{ version }}}}.tar.gz",
    )
    # Metadata may have another form of the version.
    assert canonical_url("demo", "2026.01.02", "demo-2026.1.2.tar.gz")[0] == "2026.1.2"


def test_libraries_are_those_of_recipes_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    table = LibraryTable(ROOT / "recipes")
    cmake = """
    find_package(ZLIB REQUIRED)
    find_package(Threads REQUIRED)
    find_package(Unheard REQUIRED)
    find_package(Optional)
    # find_package(Commented REQUIRED)
    pkg_check_modules(PNG REQUIRED libpng)
    """
    files = {
        "CMakeLists.txt": cmake,
        "meson.build": "dependency('freetype2')\ndependency('absent', required: false)",
        "tests/CMakeLists.txt": "find_package(GTestMain REQUIRED)",
        "third_party/x/CMakeLists.txt": "find_package(Bundled REQUIRED)",
    }
    found = table.find(sdist_tree(tmp_path, files), ["lzma", "m"], [])
    assert found.packages == {"freetype", "libpng", "xz", "zlib"}
    assert found.unknown == {"Unheard": "CMakeLists.txt"}
    assert found.pkg_config
    # A page needs these at run time; numpy's recipe only names openblas.
    assert {"geos", "libblas", "libgdal", "proj"} <= table.shared and "zlib" not in table.shared
    assert table.package("openblas") == "openblas" and "numpy" not in table.shared


def test_a_file_of_the_project_is_no_dependency_of_meson(tmp_path: Path) -> None:
    files = {
        "meson.build": "dependency('netcdf')\ndependency('bundled')",
        "src/netcdf.py": "",
        "subprojects/bundled.wrap": "",
    }
    found = LibraryTable(ROOT / "recipes").find(sdist_tree(tmp_path, files), [], [])
    assert found.todo == ["meson.build names the library netcdf, which no recipe makes."]


def test_headers_of_cython_modules_name_libraries(tmp_path: Path) -> None:
    files = {
        "demo/a.pxd": 'cdef extern from "hdf5.h":\n    pass\ncdef extern from "own.h": pass\n',
        "demo/b.pyx": 'cdef extern from "<libxml/tree.h>" nogil: pass\n',
        "demo/c.pxi": "".join(
            f"cdef extern from '{name}':\n    int f()\n"
            for name in (
                "netcdf.h",
                "stdio.h",
                "Python.h",
                "a.h",
                "b.h",
                "sys/stat.h",
                "c.h",
                "d.h",
            )
        ),
        "demo/own.h": "",
        "tests/t.pyx": 'cdef extern from "unheard.h": pass\n',
    }
    found = LibraryTable(ROOT / "recipes").find(sdist_tree(tmp_path, files), [], [])
    assert found.packages == {"hdf5", "libxml2"}
    assert found.todo == [
        "demo/c.pxi includes netcdf.h, a.h, b.h and 2 more, which no recipe lists.",
    ]


def test_the_licence_is_named_by_metadata_or_by_its_text(tmp_path: Path) -> None:
    tree = sdist_tree(tmp_path, {"LICENSE": (ROOT / "LICENSE").read_text()})
    assert licence_of(tree, expression="mit or apache-2.0") == "MIT OR Apache-2.0"
    osi = "License :: OSI Approved :: MIT License"
    assert licence_of(tree, names=["see LICENSE"], classifiers=[osi]) == "MIT"
    assert licence_of(tree, names=["BSD"]) == "MPL-2.0"
    empty = sdist_tree(tmp_path, {})
    with pytest.raises(UsageError, match="it says 'Proprietary'") as caught:
        licence_of(empty, names=["Proprietary"])
    assert "--license" in caught.value.help


def test_imports_are_top_modules_packages_of_namespaces_and_extensions() -> None:
    files = [
        "pkg/__init__.py",
        "pkg/sub/__init__.py",
        "pkg/sub/_fast.cpython-313-wasm32-emscripten.so",
        "pkg/tests/_test_ext.so",
        "single.py",
        "google/cloud/kms/__init__.py",
        "google/cloud/kms_v1/__init__.py",
        "tests/__init__.py",
        "pkg-1.0.dist-info/METADATA",
    ]
    assert modules_of(files) == [
        "google.cloud.kms",
        "google.cloud.kms_v1",
        "pkg",
        "pkg.sub._fast",
        "single",
    ]


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("import ssl", True),
        ("from .deep import x", True),
        ("import demo.deep", True),
        ("import http.client as c\nclass Own(c.HTTPSConnection): pass", True),
        ("from hashlib import sha256, scrypt", True),
        ("import http.client\ndef f(): return http.client.HTTPSConnection()", False),
        ("def f():\n    import ssl", False),
        ("try:\n    import ssl\nexcept ImportError:\n    ssl = None", False),
        ("try:\n    import ssl\nexcept OSError:\n    pass", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ssl", False),
        ("from . import absent", False),
        ("print 'Python 2'", False),
    ],
)
def test_an_import_that_needs_ssl_is_found_and_no_other(code: str, *, needed: bool) -> None:
    files = {
        "demo/__init__.py": b"from demo import first",
        "demo/first.py": code.encode(),
        "demo/deep/__init__.py": b"from ..ssl_only import x",
        "demo/ssl_only.py": b"from ssl import SSLContext as x",
        "demo/never.py": b"import ssl",
    }
    assert parts_needed(files, ["demo"]) == (["python-ssl"] if needed else [])


def test_the_parts_of_the_standard_library_are_those_of_the_interpreter() -> None:
    [patch] = ROOT.glob("recipes/python/patches/0020-*.patch")
    entries = dict(re.findall(r'^\+    "([\w.]+)": "([\w-]+)",$', patch.read_text(), re.MULTILINE))
    packages = {part: entries[needed] for part, needed in entries.items() if needed in entries}
    assert {part for part in packages if packages[part] == "python-ssl"} == PARTS.keys()
    assert set(packages.values()) == {"python-ssl", "python-tzdata"}


def test_the_built_package_completes_the_recipe(tmp_path: Path) -> None:
    recipe = Recipe(name="demo", version="1", url="", sha256="", noarch=True, run=["python", "six"])
    package = make_package(
        tmp_path,
        {
            "site-packages/demo.py": b"import ssl",
            "site-packages/demo-1.dist-info/entry_points.txt": b"[console_scripts]\ngo = demo:f\n",
        },
    )
    completed = complete(NewRecipe.of(recipe), package).recipe
    assert completed.imports == ["demo"]
    assert completed.entry_points == ["go = demo:f"]
    assert completed.run == ["python", "python-ssl", "six"]


@pytest.mark.parametrize(
    ("files", "script"),
    [
        ({"tests/test_a.py": "", "demo/__init__.py": ""}, "run-suite tests"),
        ({"src/demo/__init__.py": "", "test/unit/a_test.py": ""}, "run-suite test"),
        (
            {"demo/__init__.py": "", "demo/tests/test_a.py": ""},
            "run-suite --site-packages demo/tests",
        ),
        ({"demo/__init__.py": "", "tests/data.txt": ""}, None),
    ],
)
def test_the_suite_is_found(tmp_path: Path, files: dict[str, str], script: str | None) -> None:
    suite = find_suite(PythonProject(tree=sdist_tree(tmp_path, files)))
    assert (suite.script if suite else None) == script


# Whole recipes


def test_a_compiled_project_gets_compiler_tools_and_libraries(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "setup.py": SETUP_PY.format(touched=str(root / "touched")),
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "numpy>=2"]',
        "demo/__init__.py": "",
        "demo/c.c": "",
        "LICENSE": "",
    }
    metadata = "License-Expression: MIT\nSummary: A demo.\nHome-page: https://example.org\n"
    index.add(
        "demo",
        files,
        metadata=metadata + "Requires-Dist: six>=1\n",
        wheels=("cp313-cp313-linux_x86_64",),
    )
    assert new(root, "demo", "--maintainer", "octo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert text == (Path(__file__).parent / "new_recipes" / "compiled.yaml").read_text().replace(
        "SHA256", text.partition("sha256: ")[2][:64]
    )
    assert not (root / "touched").exists()
    assert "no recipe makes cython, numpy, setuptools" in capsys.readouterr().out.replace("\n", " ")


def test_a_project_in_rust_gets_the_compiler_and_the_licences_of_its_crates(
    index: FolderIndex, root: Path
) -> None:
    (root / "recipes" / "rust_emscripten-wasm32").mkdir()
    (root / "recipes" / "rust_emscripten-wasm32" / "recipe.yaml").write_text(
        "package: {name: rust_emscripten-wasm32, version: '1'}\nbuild: {noarch: generic}\n"
    )
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"',
        "src/lib.rs": "",
        "Cargo.toml": "",
        "LICENSE": "",
    }
    metadata = "License-Expression: MIT\nSummary: A demo\nHome-page: https://example.org\n"
    index.add("demo", files, metadata=metadata, wheels=("cp313-cp313-linux_x86_64",))
    assert new(root, "demo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert text == (Path(__file__).parent / "new_recipes" / "rust.yaml").read_text().replace(
        "SHA256", text.partition("sha256: ")[2][:64]
    )


def test_a_project_with_wheels_for_every_platform_is_noarch(index: FolderIndex, root: Path) -> None:
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'
        'build-backend = "hatchling.build"\n[project.scripts]\ndemo = "demo:main"',
        "src/demo/__init__.py": "",
        "src/demo/optional.pyx": "",
    }
    metadata = "License-Expression: MIT\nSummary: Demo\nRequires-Python: >=3.9\n"
    index.add("demo", files, metadata=metadata, wheels=("py3-none-any",))
    assert new(root, "demo==1.0") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert text == (Path(__file__).parent / "new_recipes" / "pure.yaml").read_text().replace(
        "SHA256", text.partition("sha256: ")[2][:64]
    )


def test_a_project_without_an_sdist_is_built_from_its_wheel_with_the_licence_in_it(
    index: FolderIndex, root: Path
) -> None:
    info = "demo-1.0.dist-info"
    metadata = b"Name: demo\nVersion: 1.0\nLicense: MIT\n"
    files = {f"{info}/METADATA": metadata, f"{info}/licenses/LICENSE": b"MIT"}
    index.add_wheel(make_wheel("demo", replaced=files))
    assert new(root, "demo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert "-m pip install *.whl" in text and "-m zipfile --extract *.whl ." in text
    assert f"license_file: {info}/licenses/LICENSE\n" in text


def test_a_project_in_cython_s_pure_python_mode_is_compiled_and_one_of_mypyc_is_not(
    index: FolderIndex, root: Path
) -> None:
    metadata = "License-Expression: MIT\nSummary: A demo\nHome-page: https://example.org\n"
    setup = "from setuptools import setup\nsetup(ext_modules=modules)\n"
    both = ("py3-none-any", "cp313-cp313-linux_x86_64")
    for name, extra in ("in-cython", "fast.pxd"), ("in-mypyc", "fast.pyi"):
        files = {"setup.py": setup, "fast.py": "", extra: "", "LICENSE": ""}
        index.add(name, files, metadata=metadata, wheels=both)
        assert new(root, name) == 0
    recipes = root / "recipes"
    assert "compiler('c')" in (recipes / "in-cython" / "recipe.yaml").read_text()
    assert "noarch: python" in (recipes / "in-mypyc" / "recipe.yaml").read_text()


def test_a_tree_has_the_recipes_that_the_channel_lacks(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = '[build-system]\nrequires = ["demo-backend"]\nbuild-backend = "b"'
    own = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]'
    mit = "License-Expression: MIT\n"
    index.add("demo", {"pyproject.toml": backend}, metadata=f"{mit}Requires-Dist: low[more]<2\n")
    index.add("low", {"pyproject.toml": own}, version="3.0")
    extra = "Provides-Extra: more\nRequires-Dist: extra-only; extra == 'more'\n"
    index.add("low", {"pyproject.toml": own}, version="1.5", metadata=mit + extra)
    index.add("extra-only", {"pyproject.toml": own}, metadata=f"{mit}Requires-Dist: six\n")
    info = "demo_backend-1.0.dist-info"
    metadata = b"Name: demo-backend\nVersion: 1.0\nLicense: ISC\nRequires-Dist: six\n"
    points = b"[console_scripts]\ndemo = demo_backend:main\n"
    added = {f"{info}/METADATA": metadata, f"{info}/entry_points.txt": points}
    index.add_wheel(make_wheel("demo-backend", replaced=added))
    # A tool needs a tool: recipes/six makes a package of the target. It also names the licence.
    six = {"six-1.0.dist-info/METADATA": b"Name: six\nVersion: 1.0\nLicense: Six's own\n"}
    index.add_wheel(make_wheel("six", replaced=six))
    assert new(root, "demo", "--tree") == 0
    written = [line for line in capsys.readouterr().out.splitlines() if line.endswith(".yaml")]
    assert written[-1] == "recipes/demo/recipe.yaml"
    assert {*written[:-1]} == {
        "channel/bootstrap/demo-backend/recipe.yaml",
        "channel/bootstrap/six/recipe.yaml",
        "recipes/extra-only/recipe.yaml",
        "recipes/low/recipe.yaml",
    }
    tool = (root / "channel" / "bootstrap" / "demo-backend" / "recipe.yaml").read_text()
    expected = (Path(__file__).parent / "new_recipes" / "tool.yaml").read_text()
    assert tool == expected.replace("SHA256", tool.partition("sha256: ")[2][:64])
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert "    - extra-only\n    - low <2\n" in text
    assert 'version: "1.5"' in (root / "recipes" / "low" / "recipe.yaml").read_text()


def test_the_newest_release_that_fits_the_recipes_of_the_channel_is_taken(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = re.findall(r'version: "(.*)"', (root / "recipes" / "six" / "recipe.yaml").read_text())
    for version, need in ("1.0", "six"), ("1.1", f"six>={made[0]}"), ("1.2", "six>=99"):
        metadata = f"License-Expression: MIT\nRequires-Dist: {need}\n"
        index.add("demo", {"demo.py": ""}, version=version, metadata=metadata)
        index.add("strict", {}, version=version, metadata=metadata.replace(need, "six>=99"))
    assert new(root, "demo") == 0
    text = (root / "recipes" / "demo" / "recipe.yaml").read_text()
    assert 'version: "1.1"' in text and f"    - six >={made[0]}\n" in text
    problem = f"needs six >=99, whose recipe makes {made[0]}"
    assert f"demo 1.2 {problem}: looking for an older release" in capsys.readouterr().out
    for wish, version in ("strict", "1.2"), ("strict==1.0", "1.0"):
        assert new(root, wish) != 0
        errors = capsys.readouterr().err.splitlines()
        assert errors[0] == f"error: strict {version} {problem}, and no older release fits."
        assert "recipe bump" in errors[1]
    assert not (root / "recipes" / "strict").exists()


def test_mkpkg_is_another_name(index: FolderIndex, root: Path) -> None:
    index.add("demo", {"demo.py": ""})
    assert run(["mkpkg", "demo", "--no-build", "--root", str(root)]) == 0
    assert (root / "recipes" / "demo" / "recipe.yaml").is_file()


# Errors


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nosuch", "No index in pip's configuration has the project 'nosuch'"),
        ("demo==9", "demo has no release '==9'"),
        ("no metadata!", "is not NAME or NAME==VERSION"),
        ("no-metadata", "has no metadata"),
        ("no-licence", "has no licence that SPDX lists: it says nothing"),
        ("six", "recipes/six exists"),
        ("bad-requirement", "the requirement 'not a ! requirement' cannot be read"),
        ("rusty", "rusty is written in Rust"),
        ("damaged", "cannot be read as an archive"),
    ],
)
def test_bad_input_is_one_error_and_leaves_no_folder(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    index.add("demo", {})
    index.add("no-metadata", {}, metadata="")
    index.add("no-licence", {}, metadata="Summary: nothing\n")
    index.add("six", {})
    bad = "License-Expression: MIT\nRequires-Dist: not a ! requirement\n"
    index.add("bad-requirement", {}, metadata=bad)
    rust = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"'
    index.add("rusty", {"pyproject.toml": rust})
    damaged = index.add("damaged", {})
    damaged.write_bytes(b"\x1f\x8b nonsense")
    page = damaged.parent / "index.html"
    page.write_text(page.read_text().partition("#")[0] + f'">{damaged.name}</a>')
    before = sorted((root / "recipes").iterdir())
    assert new(root, name) != 0
    errors = capsys.readouterr().err.splitlines()
    assert message in errors[0] and errors[1].startswith("help: ") and len(errors) == 2
    assert sorted((root / "recipes").iterdir()) == before


def test_a_dependency_with_an_unknown_licence_is_named_and_can_be_given(
    index: FolderIndex, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add(
        "demo",
        {},
        metadata="License-Expression: MIT\nRequires-Dist: low\n",
        wheels=("py3-none-any",),
    )
    index.add("low", {}, metadata="Summary: nothing\n", wheels=("py3-none-any",))
    shutil.copytree(
        ROOT / "channel" / "bootstrap" / "setuptools", root / "channel" / "bootstrap" / "setuptools"
    )
    assert new(root, "demo", "--tree") == 2
    assert "demo needs low: low-1.0.tar.gz has no licence" in capsys.readouterr().err
    assert new(root, "demo", "--tree", "--license", "low=ISC") == 0
    assert "license: ISC" in (root / "recipes" / "low" / "recipe.yaml").read_text()


def test_without_a_network_there_is_one_error(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    assert new(root, "demo") == 4
    errors = capsys.readouterr().err.splitlines()
    assert "cannot be reached" in errors[0] and len(errors) == 2


def test_an_interrupted_command_leaves_no_folder(index: FolderIndex, root: Path) -> None:
    index.add("demo", {}, wheels=("py3-none-any",))
    program = (
        "import conda_emscripten.recipe_new.new_recipes as module, sys\n"
        "from conda_emscripten.cli import main\n"
        "def stop(*_): raise KeyboardInterrupt\n"
        "module.RecipeSet = stop\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, "recipe", "new", "demo", "--no-build"]
    done = subprocess.run([*command, "--root", str(root)], capture_output=True, check=False)
    assert done.returncode == 130 and done.stderr == b"interrupted\n"
    assert not (root / "recipes" / "demo").exists()


def test_names_in_an_archive_reach_no_other_file(tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        link = tarfile.TarInfo("demo-1.0/PKG-INFO")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        tar.addfile(tarfile.TarInfo("demo-1.0/../../outside"))
    tree = SourceTree.read(archive)
    assert "PKG-INFO" not in tree
    with pytest.raises(SourceError, match="no metadata"):
        _ = PythonProject(tree=tree).metadata


# C libraries


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/libdemo-1.2.tar.gz", ("libdemo", "1.2")),
        ("https://example.org/a/lib_x-v1.2.3.tar.xz", ("lib_x", "1.2.3")),
        ("https://github.com/o/Demo/archive/refs/tags/v2.0.tar.gz", ("demo", "2.0")),
        ("https://github.com/o/demo/archive/refs/tags/release-2.0.1.tar.gz", ("release", "2.0.1")),
    ],
)
def test_an_archive_s_address_has_name_and_version(url: str, name: tuple[str, str]) -> None:
    if "release-" in url:  # the tag's own prefix is no name
        name = ("demo", name[1])
    assert name_and_version(url) == name


@pytest.mark.parametrize(
    "url", ["ftp://example.org/demo-1.0.tar.gz", "https://example.org/", "demo"]
)
def test_another_address_is_an_error(
    root: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(root, "--c", url) == 2
    assert "NAME-VERSION.tar.gz" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text", "command", "flags"),
    [
        (
            "CMakeLists.txt",
            'option(D_BUILD_DOCS "" ON)\noption(D_WITHOUT_TESTS "" ON)\noption(D_FAST "" ON)',
            "cmake -S . -B build -G Ninja ${CMAKE_ARGS}",
            ["-DBUILD_TESTING=OFF", "-DD_BUILD_DOCS=OFF"],
        ),
        (
            "CMakeLists.txt",
            "cmake_minimum_required (VERSION 3.1)",
            "cmake -S . -B build",
            ["-DBUILD_TESTING=OFF", "-DCMAKE_POLICY_VERSION_MINIMUM=3.5"],
        ),
        (
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 2.8.12...3.26)",
            "cmake -S . -B build",
            ["-DBUILD_TESTING=OFF"],
        ),
        ("meson.build", "project('demo', 'c')", "meson setup build ${MESON_ARGS}", []),
        (
            "configure",
            "  --disable-nls  no messages\n  --enable-fast  fast",
            './configure --host="${HOST}" --prefix="${PREFIX}"',
            ["--disable-nls", "--disable-shared"],
        ),
        ("configure.ac", "AC_ARG_ENABLE([tools])", "autoreconf -fi", ["--disable-tools"]),
    ],
)
def test_a_library_is_built_without_what_it_does_not_need(
    tmp_path: Path, file: str, text: str, command: str, flags: list[str]
) -> None:
    script, tools = build_script(sdist_tree(tmp_path, {file: text}))
    assert command in script and tools
    found = {word for word in script.split() if re.match(r"-D|--disable", word)}
    assert found - {"--disable-shared"} == {*flags} - {"--disable-shared"}


def test_an_archive_without_a_build_system_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="has neither CMakeLists"):
        build_script(sdist_tree(tmp_path, {"demo.c": ""}))
