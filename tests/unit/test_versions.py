"""Do files that name the same version agree?"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import conda_emscripten

ROOT = Path(conda_emscripten.__file__).resolve().parent.parent
# conda's names of packages that have another name on PyPI.
CONDA_NAMES = {"brotli": "brotli-python", "msgpack": "msgpack-python"}


def project() -> dict[str, Any]:
    """The table ``project`` of pyproject.toml."""
    data: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return data


def test_the_installed_version_is_that_of_the_module() -> None:
    assert "version" not in project()
    assert version("conda-emscripten") == conda_emscripten.__version__


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("runtime/py/pyodide/__init__.py", r'__version__ = "(.+)"'),
        ("recipes/pyodide-core/recipe.yaml", r'version: "(.+)"'),
        ("recipes/pyodide-solver/recipe.yaml", r'version: "(.+)"'),
    ],
)
def test_the_packages_of_the_runtime_have_the_version_of_the_project(
    file: str, pattern: str
) -> None:
    """The packages have version files of their own, so that a release does not rebuild them."""
    found = re.search(pattern, (ROOT / file).read_text())
    assert found
    assert found[1] == conda_emscripten.__version__


def test_environment_yml_has_the_requirements_of_pyproject() -> None:
    wanted = {}
    for text in [*project()["dependencies"], *project()["optional-dependencies"]["test"]]:
        requirement = Requirement(text)
        name = requirement.name.lower()
        wanted[CONDA_NAMES.get(name, name)] = requirement.specifier
    specs = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    given = dict(spec.split(" ", 1) for spec in specs if isinstance(spec, str) and " " in spec)
    given |= {name: f"=={given[name]}" for name in ("py-rattler", "py-rattler-build")}
    for name, specifier in wanted.items():
        assert set(given[name].split(",")) == {str(bound) for bound in specifier}, name
