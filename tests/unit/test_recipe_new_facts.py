"""Does a new recipe say what its project says, without running the project?"""

from __future__ import annotations

import re
import tarfile
import textwrap
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from conda_emscripten.abi import Abi
from conda_emscripten.errors import SourceError, UsageError
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.built_files import modules_of
from conda_emscripten.recipe_new.c_libraries import LibraryTable
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
from tests.harness.sdists import SETUP_PY, sdist_tree

ABI = Abi(emscripten="3.1.69", python="3.13")


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
            "site-packages/demo_page.py": b"from pyodide.ffi import to_js",
            "site-packages/demo-1.dist-info/entry_points.txt": b"[console_scripts]\ngo = demo:f\n",
        },
    )
    completed = complete(NewRecipe.of(recipe), package).recipe
    assert completed.imports == ["demo"]
    assert completed.contents == {"site_packages": ["demo_page"]}
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
