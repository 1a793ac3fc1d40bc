"""Which C libraries does a build look for, and which recipes make them?

This module reads the names in build files: ``libraries=[…]`` and calls of pkg-config in setup.py,
``dependency('…')`` in meson.build, ``find_package(…)`` and ``pkg_check_modules(…)`` in
CMakeLists.txt, ``PKG_CHECK_MODULES`` and ``AC_CHECK_LIB`` in configure.ac, the headers in Cython's
``cdef extern from``. The recipes of this channel say which package has a library: the tests of a
library's recipe list its files and headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_CYTHON = re.compile(r"^\s*cdef\s+extern\s+from\s+[\"']<?([^\"'<>]+\.h\w*)>?[\"']", re.MULTILINE)

#: Headers of the C library, of the compiler, of the interpreter, of build requirements.
_SYSTEM_HEADER = re.compile(
    r"""
    (arpa|asm|cpython|linux|nanobind|net|netinet|numpy|pybind11|scipy|sys)/.*
    |assert|complex|ctype|dirent|dlfcn|errno|fcntl|fenv|float|getopt|glob|grp|iconv|inttypes|io
    |iso646|langinfo|libgen|limits|locale|malloc|math|netdb|omp|poll|pthread|pwd|regex|sched
    |semaphore|setjmp|signal|spawn|std\w+|strings?|syslog|termios|tgmath|threads|time|uchar|unistd
    |utime|wchar|wctype|win\w+|\w*intrin
    |Py\w+|bytesobject|ceval|code|datetime|descrobject|dictobject|frameobject|listobject
    |longintrepr|object|pycapsule|pythread|structmember|unicodeobject
    """,
    re.VERBOSE,
)

_INCLUDE = re.compile(r"^\s+include: *\[([^\]]+)\]", re.MULTILINE)
_SHARED = re.compile(r"(?<![\w/])lib/lib([\w+.-]+)\.so\b")
_FILE = re.compile(
    r"(?<!PREFIX/)lib/lib([\w+.-]+)\.(?:a|so)\b|pkgconfig/([\w.+-]+)\.pc|lib/cmake/([\w+-]+)/"
)


@dataclass(frozen=True, kw_only=True)
class Libraries:
    """The libraries of a build.

    Attributes:
        packages: the packages of this channel that have some of them.
        unknown: the libraries that no recipe makes, with the file that names each.
        unknown_headers: the headers that no recipe lists, by the file that includes them.
        pkg_config: whether the build calls pkg-config.
    """

    packages: frozenset[str]
    unknown: Mapping[str, str]
    unknown_headers: Mapping[str, Sequence[str]]
    pkg_config: bool

    @property
    def todo(self) -> list[str]:
        """What a person has to add, one sentence each."""
        lines = [
            f"{file} names the library {name}, which no recipe makes."
            for name, file in sorted(self.unknown.items())
        ]
        for file, headers in sorted(self.unknown_headers.items()):
            shown = ", ".join(headers[:3]) + (f" and {len(headers) - 3} more" * (len(headers) > 3))
            lines.append(f"{file} includes {shown}, which no recipe lists.")
        return lines


@dataclass(frozen=True, kw_only=True)
class _Mention:
    name: str
    file: str
    required: bool = True
    pkg_config: bool = False


class LibraryTable:
    """The libraries that the recipes of a folder make.

    Attributes:
        shared: the packages with a shared side module, which a page needs at run time.
    """

    def __init__(self, recipes: Path) -> None:
        self._packages = dict(_MODULES)
        self._headers: dict[str, str] = {}
        shared: set[str] = set()
        for path in sorted(recipes.glob("*/recipe.yaml")):
            text = path.read_text()
            if "_emscripten-wasm32" in path.parent.name or path.parent.name.startswith("python"):
                continue
            for found in _FILE.finditer(text):
                name = found[1] or found[2] or found[3]
                self._packages.setdefault(name.lower(), path.parent.name)
            shared.update(name.lower() for name in _SHARED.findall(text))
            for listed in _INCLUDE.findall(text):
                for header in listed.split(","):
                    for top in _tops(header.strip()):
                        self._headers.setdefault(top, path.parent.name)
        self.shared = frozenset(self._packages[name] for name in shared)

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
        subprojects = {_stem(path) for path in tree.find(r"(?:.*/)?subprojects/[^/]+")}
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
            elif mention.required:
                # pkg-config and Meson's dependency() find what is installed or a subproject.
                made = subprojects if mention.pkg_config else own
                if name not in made and f"lib{name}" not in made:
                    unknown.setdefault(name, mention.file)
        headers: dict[str, list[str]] = {}
        for header, file in _headers(tree).items():
            if package := self._headers.get(_tops(header)[0]):
                found.add(package)
            else:
                headers.setdefault(file, []).append(header)
        return Libraries(
            packages=frozenset(found),
            unknown=unknown,
            unknown_headers=headers,
            pkg_config=pkg_config,
        )


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


def _headers(tree: SourceTree) -> dict[str, str]:
    """The headers of other projects that Cython modules include, with the first file of each."""
    own = {path.rpartition("/")[2] for path in tree.paths}
    found: dict[str, str] = {}
    for path in sorted(tree.find(r".*\.p(?:yx|xd|xi)")):
        if not is_beside_the_point(path) and not is_bundled(path):
            for header in _CYTHON.findall(tree.text(path)):
                name = header.rpartition("/")[2]
                system = _SYSTEM_HEADER.fullmatch(header.removesuffix(".h"))
                if name not in own and not system:
                    found.setdefault(header, path)
    return found


def _tops(header: str) -> list[str]:
    """The folder or file that a header is found by; below a folder of versions, also the next."""
    parts = header.split("/")
    return parts[:1] if len(parts) < 3 else parts[:2]


def _targets(tree: SourceTree) -> set[str]:
    """The libraries that the build itself makes."""
    text = "\n".join(tree.text(path) for path in tree.find(r"(?:.*/)?CMakeLists\.txt"))
    return set(re.findall(r"add_library\s*\(\s*([\w+-]+)", text, re.IGNORECASE))


def _stem(path: str) -> str:
    """The name of a source file or folder that may be a library of the project."""
    return path.rpartition("/")[2].partition(".")[0]
