"""Does a new recipe build at the first try, for each kind of Python project?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from conda_emscripten.project import Project
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.sandbox import Sandbox
from tests.harness.sdists import FolderIndex

C_MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_c", NULL, -1, NULL};
PyMODINIT_FUNC PyInit__c(void) { return PyModule_Create(&module); }
"""

#: A project of each kind; the first one needs the others.
PROJECTS = {
    "demo-pure": {
        "pyproject.toml": """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "demo-pure"
version = "1.0"
classifiers = ["Framework :: Django :: 99"]  # newer than trove-classifiers
dependencies = ["demo-c", "demo-cython", "demo-meson"]
[project.scripts]
demo-pure = "demo_pure:main"
""",
        "demo_pure/__init__.py": "import demo_c, demo_cython, demo_meson\n"
        "import six  # which the metadata does not declare\n"
        "def main(): print()\n",
        "tests/test_demo.py": "import demo_pure\n\ndef test_main():\n    demo_pure.main()\n",
    },
    "demo-c": {
        "setup.py": "from setuptools import Extension, setup\n"
        "setup(name='demo-c', version='1.0', packages=['demo_c'],"
        " ext_modules=[Extension('demo_c._c', ['demo_c/c.c'])])\n",
        "demo_c/__init__.py": "from demo_c import _c\n",
        "demo_c/c.c": C_MODULE,
    },
    "demo-cython": {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "cython"]\n',
        "setup.py": "from Cython.Build import cythonize\nfrom setuptools import setup\n"
        "setup(name='demo-cython', version='1.0', packages=['demo_cython'],"
        " ext_modules=cythonize(['demo_cython/_fast.pyx']))\n",
        "demo_cython/__init__.py": "from demo_cython import _fast\n",
        "demo_cython/_fast.pyx": "def add(int a, int b):\n    return a + b\n",
    },
    "demo-meson": {
        "pyproject.toml": '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
        '[project]\nname = "demo-meson"\nversion = "1.0"\n',
        "meson.build": "project('demo-meson', 'c', version: '1.0')\n"
        "py = import('python').find_installation(pure: false)\n"
        "py.install_sources('demo_meson/__init__.py', subdir: 'demo_meson')\n"
        "py.extension_module('_c', 'demo_meson/c.c', subdir: 'demo_meson', install: true)\n",
        "demo_meson/__init__.py": "from demo_meson import _c\n",
        "demo_meson/c.c": C_MODULE,
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Sandbox:
    """A project with this project's recipes and packages, and a cache of its own."""
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    require(any(packages.glob("pip-*.conda")), "no pip in build/channel: run make quickstart")
    root = tmp_path / "project"
    (root / "recipes").mkdir(parents=True)
    for folder in (ROOT / "recipes").iterdir():
        (root / "recipes" / folder.name).symlink_to(folder)
    (root / "channel").symlink_to(ROOT / "channel")
    shutil.copy(ROOT / "conda_build_config.yaml", root)

    def link(source: str, target: str) -> None:
        try:
            (os.link if source.endswith(".conda") else shutil.copy)(source, target)
        except OSError:  # on two file systems
            shutil.copy(source, target)

    for part in ("bootstrap", "channel", "records"):
        shutil.copytree(BUILD_DIR / part, root / "build" / part, copy_function=link)
    cache = tmp_path / "cache" / "conda-emscripten"
    return Sandbox(Project(root=root, build_dir=root / "build", cache_dir=cache))


def test_projects_of_each_kind_build_and_import_at_the_first_try(
    project: Sandbox, tmp_path: Path
) -> None:
    index = FolderIndex(tmp_path / "index")
    metadata = "License-Expression: MIT\nSummary: A demo\n"
    needs = "".join(f"Requires-Dist: {name}\n" for name in PROJECTS if name != "demo-pure")
    for name, files in PROJECTS.items():
        index.add(name, files, metadata=metadata + (needs if name == "demo-pure" else ""))
    own_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    caches = [str(own_cache / "conda-emscripten" / "packages")]
    caches += filter(None, [os.environ.get("CONDA_EMSCRIPTEN_CACHES")])
    env = {**index.env, "CONDA_EMSCRIPTEN_CACHES": ":".join(filter(os.path.isdir, caches))}
    done = project.run("recipe", "new", "demo-pure", "--tree", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "do not all pass" not in done.stdout
    recipes = {
        name: (project.project.recipes_dir / name / "recipe.yaml").read_text() for name in PROJECTS
    }
    assert "      - demo-pure = demo_pure:main\n" in recipes["demo-pure"]
    assert "    - six\n" in recipes["demo-pure"]
    assert "demo-pure imports six and does not declare it: six is in run." in done.stdout
    assert "    script: run-suite tests\n" in recipes["demo-pure"]
    for name, module in (("c", "_c"), ("cython", "_fast"), ("meson", "_c")):
        imports = f"      imports:\n        - demo_{name}\n        - demo_{name}.{module}\n"
        assert imports in recipes[f"demo-{name}"]
    assert not any("TODO" in text for text in recipes.values())
