"""Which conda package is a Python project?

This module reads the names from the project's own recipes: the source of a recipe names the project
on the index. Projects without a recipe have their own name, or conda-forge's if that differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from conda_emscripten.project import Project

#: Names of conda-forge that are neither the project's name nor in a recipe of this channel.
_CONDA_FORGE = {
    "backports-zoneinfo": "backports.zoneinfo",
    "brotli": "brotli-python",
    "build": "python-build",
    "confluent-kafka": "python-confluent-kafka",
    "discord-py": "discord.py",
    "docker": "docker-py",
    "duckdb": "python-duckdb",
    "flatbuffers": "python-flatbuffers",
    "graphviz": "python-graphviz",
    "igraph": "python-igraph",
    "importlib-resources": "importlib_resources",
    "jaraco-classes": "jaraco.classes",
    "jaraco-context": "jaraco.context",
    "jaraco-functools": "jaraco.functools",
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "jupyter-events": "jupyter_events",
    "jupyter-server": "jupyter_server",
    "kubernetes": "python-kubernetes",
    "msgpack": "msgpack-python",
    "opencv-python": "py-opencv",
    "opencv-python-headless": "py-opencv",
    "prometheus-client": "prometheus_client",
    "psycopg2-binary": "psycopg2",
    "redis": "redis-py",
    "ruamel-yaml": "ruamel.yaml",
    "ruamel-yaml-clib": "ruamel.yaml.clib",
    "tables": "pytables",
    "torch": "pytorch",
    "typing-extensions": "typing_extensions",
    "tzdata": "python-tzdata",
    "xxhash": "python-xxhash",
    "zope-event": "zope.event",
    "zope-interface": "zope.interface",
}

_SOURCE = re.compile(r"https://pypi\.io/packages/[^/]+/[^/]+/([^/]+)/")
_LICENCE = re.compile(r"^  license: *[\"']?([^\"'\n]+)", re.MULTILINE)
_VERSION = re.compile(r"^  version: *[\"']?(\d[\w.!+]*)[\"']?\s*$", re.MULTILINE)
_IMPORTS = re.compile(r"\bimports: *(?:\[([^\]]*)\]|((?:\n +- +[\w.]+ *$)+))", re.MULTILINE)
_NAME = re.compile(r"^(?:  - )?package:\n\s+name: *[\"']?([\w.+-]+)[\"']?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class CondaNames:
    """The names of a project's packages."""

    project: Project

    def of(self, name: str) -> str:
        """The conda name of the Python project ``name``."""
        key = canonicalize_name(name)
        return self._from_recipes.get(key) or _CONDA_FORGE.get(key, str(key))

    def is_made(self, package: str) -> bool:
        """Whether a recipe for the target makes the conda package."""
        return package in self._packages

    def is_tool(self, package: str, *, of_tool: bool = False) -> bool:
        """Whether a build environment can have the conda package.

        Args:
            package: its name.
            of_tool: whether it is that of a tool, which has no package of ``recipes/``.
        """
        return package in self._tools or (package in self._noarch and not of_tool)

    def version(self, package: str, *, of_tool: bool = False) -> Version | None:
        """The version that the recipe of a package names; None without one, or if variants do.

        Args:
            package: its name.
            of_tool: whether a tool needs it, which has no package of ``recipes/``.
        """
        return (self._tool_versions if of_tool else self._versions).get(package)

    def having(self, module: str) -> str | None:
        """The package whose tests import ``module``; None if no recipe's do."""
        return self._modules.get(module)

    def licence(self, package: str) -> str | None:
        """The licence that the recipe in the folder ``package`` names; None without one."""
        recipe = self.project.recipes_dir / package / "recipe.yaml"
        found = _LICENCE.search(recipe.read_text()) if recipe.is_file() else None
        return found[1] if found else None

    @cached_property
    def _from_recipes(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for recipe, text in _recipes(self.project.recipes_dir):
            # The first source is the project's; the others are parts that it bundles.
            if found := _SOURCE.search(text):
                names.setdefault(canonicalize_name(found[1]), _main(recipe, text))
        return names

    @cached_property
    def _modules(self) -> dict[str, str]:
        """Module -> package. The first import of a recipe is its own; others can be bundled."""
        imports = [
            (_main(recipe, text), re.findall(r"[\w.]+", "".join(found.groups(default=""))))
            for recipe, text in _recipes(self.project.recipes_dir)
            if (found := _IMPORTS.search(text))
        ]
        others = {module: package for package, modules in imports for module in modules}
        return others | {modules[0]: package for package, modules in imports if modules}

    @cached_property
    def _packages(self) -> frozenset[str]:
        return frozenset(_made(_recipes(self.project.recipes_dir)))

    @cached_property
    def _versions(self) -> dict[str, Version]:
        return _versions(_recipes(self.project.recipes_dir))

    @cached_property
    def _tool_versions(self) -> dict[str, Version]:
        return _versions(_recipes(self.project.bootstrap_recipes_dir))

    @cached_property
    def _noarch(self) -> frozenset[str]:
        recipes = _recipes(self.project.recipes_dir)
        return frozenset(_made((name, text) for name, text in recipes if "noarch: python" in text))

    @cached_property
    def _tools(self) -> frozenset[str]:
        return frozenset(_made(_recipes(self.project.bootstrap_recipes_dir)))


def _main(recipe: str, text: str) -> str:
    """The package of a recipe that has the name of its folder, or else the first one."""
    made = _NAME.findall(text)
    return recipe if recipe in made or not made else made[0]


def _made(recipes: Iterable[tuple[str, str]]) -> Iterable[str]:
    """The names of the packages that recipes make; a name with an expression is not among them."""
    for _, text in recipes:
        yield from _NAME.findall(text)


def _versions(recipes: Iterable[tuple[str, str]]) -> dict[str, Version]:
    """The versions of the packages that recipes make, from the recipes' context."""
    found = {}
    for name, text in recipes:
        if version := _VERSION.search(text):
            try:
                found.update(dict.fromkeys(_made([(name, text)]), Version(version[1])))
            except InvalidVersion:  # not one of a Python project
                continue
    return found


def _recipes(folder: Path) -> Iterable[tuple[str, str]]:
    for path in sorted(folder.glob("*/recipe.yaml")):
        yield path.parent.name, path.read_text()
