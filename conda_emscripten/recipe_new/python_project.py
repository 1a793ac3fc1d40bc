"""What does a Python project say of itself?

This module reads an sdist or a pure wheel: PKG-INFO or METADATA (the core metadata),
pyproject.toml (PEP 517, PEP 518, PEP 621), setup.cfg, the syntax tree of setup.py, and the files of
setuptools' ``*.egg-info``. Nothing of the project is run.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from packaging.metadata import RawMetadata, parse_email

from conda_emscripten.errors import SourceError
from conda_emscripten.recipe_new.setup_script import SetupScript, read_setup_script
from conda_emscripten.recipe_new.source_tree import SourceTree, lines_of

C_SOURCES = (".c", ".pyx")
CXX_SOURCES = (".cc", ".cpp", ".cxx", ".c++")
FORTRAN_SOURCES = (".f", ".f77", ".f90", ".f95")

#: Names of a project's page in Project-URL (the well-known labels of the packaging guide), the
#: preferred one first.
_HOMES = (
    ("homepage", "home", "home page"),
    ("source", "source code", "repository", "github", "code"),
    ("documentation", "docs"),
)


@dataclass(frozen=True, kw_only=True)
class PythonProject:
    """A release of a project, as its source says.

    Attributes:
        tree: the files of the sdist or wheel.
    """

    tree: SourceTree

    @cached_property
    def metadata(self) -> RawMetadata:
        """The core metadata.

        Raises:
            SourceError: the archive has none.
        """
        found = ["PKG-INFO", *self.tree.find(r"[^/]+\.dist-info/METADATA")]
        path = next((path for path in found if path in self.tree), None)
        if path is None:
            raise SourceError(
                f"{self.tree.name} has no metadata: no PKG-INFO and no METADATA.",
                help="Name another release with NAME==VERSION, or write the recipe by hand "
                "(docs/recipes.md).",
            )
        raw, _ = parse_email(self.tree.bytes(path))
        if not raw.get("name") or not raw.get("version"):
            raise SourceError(
                f"{self.tree.name}: {path} has no name or no version.",
                help="Name another release with NAME==VERSION.",
            )
        return raw

    @property
    def name(self) -> str:
        """The name of the project, as upstream writes it."""
        return self.metadata["name"]

    @property
    def version(self) -> str:
        """The version, as upstream writes it."""
        return self.metadata["version"]

    @property
    def is_wheel(self) -> bool:
        """Whether the source is a wheel, which needs no build backend."""
        return self.tree.name.endswith(".whl")

    @cached_property
    def pyproject(self) -> Mapping[str, Any]:
        """The content of pyproject.toml; empty if it has none, or one that is no TOML."""
        try:
            return tomllib.loads(self.tree.text("pyproject.toml"))
        except tomllib.TOMLDecodeError:
            return {}

    @cached_property
    def setup_cfg(self) -> configparser.ConfigParser:
        """The content of setup.cfg."""
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(self.tree.text("setup.cfg"))
        except configparser.Error:
            return configparser.ConfigParser(interpolation=None)
        return parser

    @cached_property
    def setup_script(self) -> SetupScript:
        """The facts of setup.py."""
        return read_setup_script(self.tree.text("setup.py"))

    @property
    def backend(self) -> str:
        """The build backend's module, without its object."""
        system = self._table("build-system")
        return str(system.get("build-backend", "setuptools.build_meta")).partition(":")[0]

    @property
    def build_requires(self) -> list[str]:
        """Requirements of the build (PEP 508)."""
        requires = self._table("build-system").get("requires", ["setuptools"])
        found = [str(each) for each in requires] if isinstance(requires, list) else ["setuptools"]
        found += lines_of(self.setup_cfg.get("options", "setup_requires", fallback=""))
        found += _strings(self.setup_script.arguments.get("setup_requires"))
        if self.setup_script.keywords & {"cffi_modules"}:
            found.append("cffi")
        # A script imports what the build needs, whether it says so or not.
        known = {"Cython": "cython", "numpy": "numpy", "pybind11": "pybind11"}
        names = {re.split(r"[^\w.-]", each, maxsplit=1)[0].lower() for each in found}
        for module, name in known.items():
            if module in self.setup_script.modules and name not in names and self.is_compiled_here:
                found.append(name)
        return found

    @property
    def is_compiled_here(self) -> bool:
        """Whether the source describes extension modules."""
        if self.is_wheel:
            return False
        setuptools = self._table("tool", "setuptools")
        if self.setup_script.builds_extensions or setuptools.get("ext-modules"):
            return True
        if self.backend == "mesonpy":
            return bool(re.search(r"extension_module|shared_module", self._meson_text()))
        if self.backend.startswith("scikit_build_core") or self.backend == "maturin":
            return True
        return self.tree.has_suffix(".pyx") or bool(self.tree.find(r"CMakeLists\.txt"))

    @property
    def has_compiled_sources(self) -> bool:
        """Whether the source has files in C, C++ or Cython.

        A ``.pxd`` file may be all that a module in Cython's pure Python mode has of Cython.
        """
        return self.tree.has_suffix(*C_SOURCES, *CXX_SOURCES, ".pxd")

    @property
    def languages(self) -> frozenset[str]:
        """The languages of the compiled files: ``c``, ``cxx``, ``rust``, ``fortran``."""
        found = set()
        if self.tree.has_suffix(*C_SOURCES):
            found.add("c")
        if self.tree.has_suffix(*CXX_SOURCES) or self._wants_cxx():
            found.add("cxx")
        if self.backend in ("maturin", "puccinialin") or "setuptools-rust" in " ".join(
            self.build_requires
        ):
            found.add("rust")
        # A project that bundles Eigen, for example, does not build Eigen's Fortran.
        if self.tree.has_suffix(*FORTRAN_SOURCES, bundled=False):
            found.add("fortran")
        return frozenset(found or {"c"})

    @property
    def wants_cython(self) -> bool:
        """Whether a Cython module comes without the C that Cython makes of it."""
        modules = (path.removesuffix(".pyx") for path in self.tree.find(r".*\.pyx"))
        return any(
            f"{each}.c" not in self.tree and f"{each}.cpp" not in self.tree for each in modules
        )

    def _wants_cxx(self) -> bool:
        pyx = self.tree.find(r".*\.pyx")
        return any(re.search(r"distutils:\s*language\s*=\s*c\+\+", self.tree.text(p)) for p in pyx)

    @property
    def requires_dist(self) -> list[str]:
        """Run requirements, with those of extras (PEP 508)."""
        found = list(self.metadata.get("requires_dist", ()))
        if found:
            return found
        for path in self.tree.find(r"(?:.*/)?[^/]+\.egg-info/requires\.txt"):
            return _egg_requirements(self.tree.text(path))
        project = self._table("project")
        found += _strings(project.get("dependencies"))
        for extra, requirements in _mapping(project.get("optional-dependencies")).items():
            found += [_with_extra(each, extra) for each in _strings(requirements)]
        found += lines_of(self.setup_cfg.get("options", "install_requires", fallback=""))
        return found + _strings(self.setup_script.arguments.get("install_requires"))

    @property
    def test_requires(self) -> list[str]:
        """Requirements of the tests, from extras and dependency groups (PEP 735)."""
        names = ("test", "tests", "testing")
        groups = _mapping(self.pyproject.get("dependency-groups"))
        found = [each for name in names for each in _strings(groups.get(name))]
        for requirement in self.requires_dist:
            extra = re.search(r"""extra\s*==\s*["']([\w.-]+)["']""", requirement)
            if extra and extra[1].lower() in names:
                found.append(requirement.partition(";")[0].strip())
        return found

    @property
    def homepage(self) -> str:
        """The address of the project's page; empty if it names none."""
        urls = {}
        for label, url in self.metadata.get("project_urls", {}).items():
            urls[re.sub(r"[^a-z]+", " ", label.lower()).strip()] = url
        if home := self.metadata.get("home_page"):
            urls.setdefault("home page", home)
        for labels in _HOMES:
            for label in labels:
                if str(urls.get(label, "")).startswith("http"):
                    return urls[label]
        return next((url for url in urls.values() if url.startswith("http")), "")

    @property
    def summary(self) -> str:
        """The summary on one line, without a full stop."""
        text = " ".join(str(self.metadata.get("summary", "")).split()).strip("\"'").rstrip(".")
        return "" if text.upper() == "UNKNOWN" else text

    @property
    def entry_points(self) -> list[str]:
        """Entry points of console and GUI scripts, ``name = module:function``."""
        text = ""
        for path in self.tree.find(r"(?:.*/)?[^/]+\.(egg|dist)-info/entry_points\.txt"):
            text = self.tree.text(path)
            break
        if text:
            return entry_points_of(text)
        project = self._table("project")
        found = {**_mapping(project.get("scripts")), **_mapping(project.get("gui-scripts"))}
        if not found:
            poetry = _mapping(self._table("tool", "poetry").get("scripts"))
            found = {name: value for name, value in poetry.items() if isinstance(value, str)}
        return sorted(f"{name} = {value}" for name, value in found.items())

    def _meson_text(self) -> str:
        paths = self.tree.find(r"(?:.*/)?meson\.build")
        return "\n".join(self.tree.text(path) for path in paths)

    def _table(self, *keys: str) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self.pyproject
        for key in keys:
            table = _mapping(table.get(key))
        return table


def entry_points_of(text: str) -> list[str]:
    """The scripts of an ``entry_points.txt`` (the entry points specification)."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    found: list[str] = []
    for section in ("console_scripts", "gui_scripts"):
        if parser.has_section(section):
            found += [
                f"{name} = {value.split('[')[0].strip()}" for name, value in parser[section].items()
            ]
    return sorted(found)


def _egg_requirements(text: str) -> list[str]:
    """The requirements of setuptools' ``requires.txt``: sections are ``[extra:marker]``."""
    found, extra, marker = [], "", ""
    for line in lines_of(text):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
        else:
            requirement = f"{line} ; {marker}" if marker else line
            found.append(_with_extra(requirement, extra) if extra else requirement)
    return found


def _with_extra(requirement: str, extra: str) -> str:
    bare, _, marker = requirement.partition(";")
    condition = f'extra == "{extra}"'
    return (
        f"{bare.strip()} ; ({marker.strip()}) and {condition}"
        if marker
        else f"{bare} ; {condition}"
    )


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return list(lines_of(value))
    return [each for each in value if isinstance(each, str)] if isinstance(value, Iterable) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
