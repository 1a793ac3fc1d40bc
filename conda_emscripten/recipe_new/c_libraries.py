"""Which C libraries does a build look for, and which recipes make them?

This module reads the names in build files: ``libraries=[…]`` and calls of pkg-config in setup.py,
``dependency('…')`` in meson.build, ``find_package(…)`` and ``pkg_check_modules(…)`` in
CMakeLists.txt, ``PKG_CHECK_MODULES`` and ``AC_CHECK_LIB`` in configure.ac. The recipes of this
channel say which package has a library: the tests of a library's recipe list its files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.recipe_new.source_tree import SourceTree, is_beside_the_point, is_bundled

#: Names of CMake's modules and of link flags that no file of a package has.
_MODULES = {
    "blas": "libblas",
    "boost": "boost-cpp",
    "bzip2": "bzip2",
    "bz2": "bzip2",
    "cblas": "libcblas",
    "crypto": "openssl",
    "expat": "expat",
    "freetype": "freetype",
    "ffi": "libffi",
    "hdf5": "hdf5",
    "iconv": "libiconv",
    "jpeg": "libjpeg-turbo",
    "lapack": "liblapack",
    "liblzma": "xz",
    "libxml2": "libxml2",
    "libxslt": "libxslt",
    "lz4": "lz4-c",
    "lzma": "xz",
    "openssl": "openssl",
    "png": "libpng",
    "sqlite3": "sqlite",
    "ssl": "openssl",
    "xml2": "libxml2",
    "xslt": "libxslt",
    "yaml": "libyaml",
    "z": "zlib",
    "zlib": "zlib",
    "zstd": "zstd",
}

#: Part of Emscripten's system, the interpreter, a build tool, or of another system.
_SYSTEM = re.compile(
    r"""
    advapi32|atomic|benchmark|bcrypt|c|c\+\+|ccache|cython|crypt32|cuda\w*|dbghelp|dl|doxygen|elf|gdi32
    |git|gtest|iphlpapi|kernel32|log|m|mkl|msvcrt|nanobind|ncurses|numpy|ole32|oleaut32|opengl|openmp
    |perl|pkg-?config|psapi|pthreads?|pybind11|(lib)?python.*|pyext.*|qt\d.*|resolv|rt|secur32
    |shell32|shlwapi|skbuild|socket|stdc\+\+(fs)?|swig|threads|user(32|env)|util|version|win.*|ws2_32
    """,
    re.VERBOSE | re.IGNORECASE,
)

_MESON = re.compile(r"(?:\bdependency|\.find_library)\(\s*'([^']+)'([^)]*)\)")
_CMAKE = re.compile(r"^\s*find_package\s*\(\s*([\w+-]+)([^)]*)\)", re.IGNORECASE | re.MULTILINE)
_CMAKE_PKG = re.compile(
    r"pkg_(?:check|search)_modules?\s*\(\s*\w+\s+((?:[\w.+-]+\s*)+)", re.IGNORECASE
)
_AUTOCONF_PKG = re.compile(r"PKG_CHECK_MODULES\(\[?\w+\]?,\s*\[?([^],)]+)")
_AUTOCONF_LIB = re.compile(r"AC_(?:CHECK|SEARCH)_LIBS?\(\s*\[?([\w+-]+)\]?")
_FILE = re.compile(r"lib/lib([\w+.-]+)\.(?:a|so)\b|pkgconfig/([\w.+-]+)\.pc|lib/cmake/([\w+-]+)/")


@dataclass(frozen=True, kw_only=True)
class Libraries:
    """The libraries of a build.

    Attributes:
        packages: the packages of this channel that have some of them.
        unknown: the libraries that no recipe makes, with the file that names each.
        pkg_config: whether the build calls pkg-config.
    """

    packages: frozenset[str]
    unknown: Mapping[str, str]
    pkg_config: bool


@dataclass(frozen=True, kw_only=True)
class _Mention:
    name: str
    file: str
    required: bool = True
    pkg_config: bool = False


class LibraryTable:
    """The libraries that the recipes of a folder make."""

    def __init__(self, recipes: Path) -> None:
        self._packages = dict(_MODULES)
        for path in sorted(recipes.glob("*/recipe.yaml")):
            text = path.read_text()
            if "_emscripten-wasm32" in path.parent.name or path.parent.name.startswith("python"):
                continue
            for found in _FILE.finditer(text):
                name = found[1] or found[2] or found[3]
                self._packages.setdefault(name.lower(), path.parent.name)

    def package(self, library: str) -> str | None:
        """The package with a library, by its name in ``-l``, pkg-config or CMake."""
        name = library.lower()
        return self._packages.get(name) or self._packages.get(name.removeprefix("lib"))

    def find(self, tree: SourceTree, linked: Iterable[str], packages: Iterable[str]) -> Libraries:
        """The libraries that the build of ``tree`` looks for.

        Args:
            tree: the source.
            linked: further names in ``-l``, of setup.py.
            packages: further names of pkg-config, of setup.py.
        """
        own = {_stem(path) for path in tree.paths} | _targets(tree)
        mentions = [
            *(_Mention(name=name, file="setup.py") for name in linked),
            *(_Mention(name=name, file="setup.py", pkg_config=True) for name in packages),
            *_mentions(tree),
        ]
        found: set[str] = set()
        unknown: dict[str, str] = {}
        pkg_config = False
        for mention in mentions:
            name = mention.name.removeprefix("-l")
            pkg_config = pkg_config or mention.pkg_config
            if _SYSTEM.fullmatch(name) or not re.fullmatch(r"\w[\w.+-]*", name):
                continue
            if package := self.package(name):
                found.add(package)
            elif mention.required and name not in own and f"lib{name}" not in own:
                unknown.setdefault(name, mention.file)
        return Libraries(packages=frozenset(found), unknown=unknown, pkg_config=pkg_config)


def _mentions(tree: SourceTree) -> Iterator[_Mention]:
    for path in tree.paths:
        if is_beside_the_point(path) or is_bundled(path):
            continue
        file = path.rpartition("/")[2]
        if file == "meson.build":
            for name, rest in _MESON.findall(tree.text(path)):
                optional = "required: false" in rest or "get_option" in rest or "disabler" in rest
                yield _Mention(name=name, file=path, required=not optional, pkg_config=True)
        elif file == "CMakeLists.txt" or path.endswith(".cmake"):
            text = re.sub(r"#.*", "", tree.text(path))
            for name, rest in _CMAKE.findall(text):
                yield _Mention(name=name, file=path, required="REQUIRED" in rest)
            for names in _CMAKE_PKG.findall(text):
                for name in names.split():
                    if name not in ("REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL"):
                        required = "REQUIRED" in names
                        yield _Mention(name=name, file=path, required=required, pkg_config=True)
        elif path in ("configure.ac", "configure.in"):
            for names in _AUTOCONF_PKG.findall(tree.text(path)):
                yield _Mention(name=names.split()[0], file=path, required=False, pkg_config=True)
            for name in _AUTOCONF_LIB.findall(tree.text(path)):
                yield _Mention(name=name, file=path, required=False)


def _targets(tree: SourceTree) -> set[str]:
    """The libraries that the build itself makes."""
    text = "\n".join(tree.text(path) for path in tree.find(r"(?:.*/)?CMakeLists\.txt"))
    return set(re.findall(r"add_library\s*\(\s*([\w+-]+)", text, re.IGNORECASE))


def _stem(path: str) -> str:
    """The name of a source file or folder that may be a library of the project."""
    return path.rpartition("/")[2].partition(".")[0]
