"""Which files of a conda package does a page need at run time, and with which bytes?

This module selects the files, gives them their paths below the mount point ``/``, and compiles
byte code.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from conda_emscripten.abi import Abi
from conda_emscripten.conda_package import Package
from conda_emscripten.errors import BundleError
from conda_emscripten.file_tree import File, Tree

#: The files of a package that no page needs.
_LEFT_OUT = (
    # For compiling, linking and shells.
    "bin/*", "sbin/*", "include/*", "libexec/*", "python-scripts/*", "conda-meta/*",
    "etc/conda/*", "lib/pkgconfig/*", "lib/cmake/*", "share/pkgconfig/*", "share/cmake/*",
    "share/aclocal/*", "*.a", "*.la", "*.o", "*.rlib",
    # Documentation, and completions of shells.
    "share/man/*", "share/doc/*", "share/info/*", "share/bash-completion/*",
    # The main module and its JavaScript, which the site serves itself.
    "lib/pyodide/*",
    # Byte code is compiled anew: it must carry the mount point's paths and never be checked.
    "*.pyc", "*.pyo",
)  # fmt: skip

#: Tests of the standard library, and its parts that need a window, a compiler or pip.
_LEFT_OUT_OF_STDLIB = ("test/*", "idlelib/*", "turtledemo/*", "ensurepip/*", "config-{version}*/*")

#: Tests and their data in site-packages. Other modules in a folder ``tests`` stay, since astropy
#: and yt import such modules.
_TESTS = r"/(.*/)?tests/(.*/)?(test_[^/]*|conftest\.py|[^/]*(?<!\.py))"

#: ``name = module:function``.
_ENTRY_POINT = re.compile(r"\s*(\w[\w.-]*)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\]\s*)?")

#: The modules that the interpreter, the bridge and its console import. Their files are the first
#: part of the bundle of ``python``.
_START_UP = (
    "encodings.utf_8", "encodings.ascii", "encodings.latin_1", "site", "os", "warnings", "types",
    "functools", "collections.abc", "keyword", "operator", "re", "ast", "tokenize", "linecache",
    "traceback", "inspect", "contextlib", "importlib.util", "importlib.machinery", "textwrap",
    "typing", "json", "asyncio", "codeop", "platform",
)  # fmt: skip

#: Modules that programs and packages often import. Their files are the second part of the bundle of
#: ``python``. Of 25 packages of the channel, two or more import each of them, or beginners do.
_OFTEN = (
    "argparse", "bz2", "calendar", "concurrent.futures.thread", "configparser", "csv", "ctypes",
    "dataclasses", "datetime", "decimal", "difflib", "email.message", "email.parser", "email.utils",
    "fractions", "gettext", "glob", "gzip", "hashlib", "hmac", "html.parser", "http.client",
    "importlib.metadata", "importlib.readers", "importlib.resources._adapters", "ipaddress", "lzma",
    "mimetypes", "pathlib", "pickle", "pprint", "queue", "random", "secrets", "shlex", "shutil",
    "statistics", "string", "sysconfig", "tempfile", "_strptime", "unittest", "urllib.request",
    "uuid", "xml.etree.ElementTree", "zipfile", "zoneinfo",
)  # fmt: skip

#: The side modules among these. A native CPython can have them in its executable.
_OFTEN_SIDE_MODULES = frozenset({"_decimal", "_elementtree", "pyexpat", "unicodedata"})

#: One more file of either part, which a native CPython lacks.
_START_UP_FILE = "_missing_stdlib_info.py"
_OFTEN_FILE = "_sysconfigdata__emscripten_wasm32-emscripten.py"

#: Only tracebacks, ``inspect`` and compilers read these files. A source without byte code is not
#: among them.
_SOURCES = frozenset({".c", ".cpp", ".h", ".hpp", ".py", ".pxd", ".pxi", ".pyi", ".pyx"})
#: In bytes, not compressed. Less is no part of its own: each part costs a request.
_LEAST_SOURCES = 512 * 1024

_COMPILE = """
import compileall, sys
if sys.implementation.cache_tag != sys.argv[2]:
    sys.exit(f"it is {sys.implementation.cache_tag}, not {sys.argv[2]}")
import py_compile
compileall.compile_dir(
    sys.argv[1], maxlevels=100, quiet=2, stripdir=sys.argv[1], prependdir="/", workers=1,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""

_LIST_IMPORTED = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
library = os.path.dirname(os.__file__) + os.sep
for module in list(sys.modules.values()):
    file = getattr(getattr(module, "__spec__", None), "origin", None) or ""  # or "frozen"
    if file.startswith(library) and file.endswith(".py"):
        print(file[len(library):])
"""


def page_tree(package: Package, abi: Abi, *, python: Path | None) -> Tree:
    """The files of a package that are mounted in a page, in the order of the bundle.

    Args:
        package: the package; its paths are relative to the prefix.
        abi: gives the folder of ``noarch: python`` packages.
        python: a native CPython of version ``abi.python`` that compiles the byte code; None: no
            byte code, and the page compiles modules on import.

    Raises:
        BundleError: ``python`` cannot be run, an entry point is malformed, or two files of the
            package have the same path in the page.
    """
    noarch_python = package.index.get("noarch") == "python"

    def place(path: str) -> str:
        if noarch_python and path.startswith("site-packages/"):
            return f"{abi.stdlib}/{path}"
        return path

    placed: dict[str, File] = {}
    for path, file in package.files.items():
        target = place(path)
        if target in placed:
            raise BundleError(
                f"{package.file}: two of its files are installed as {target}.",
                help="Correct the recipe: a noarch package has its modules in site-packages only.",
            )
        if is_wanted(target, abi):
            entry = package.paths.get(path, {})
            placed[target] = File(content=_relocate(file.content, entry), mode=file.mode)
    for name, script in _console_scripts(package).items():
        placed[f"bin/{name}"] = File(content=script, mode=0o755)
    links = {
        place(path): target
        for path, target in package.symlinks.items()
        if is_wanted(place(path), abi) and is_wanted(_link_target(place(path), target), abi)
    }

    libraries = sorted(path for path, file in placed.items() if _is_side_module(path, file))
    start_up: list[str] = []
    often: list[str] = []
    is_interpreter = package.index.get("name") == "python"
    if is_interpreter:
        often = [
            p for p in libraries if _OFTEN_SIDE_MODULES.intersection(_module_parts(p, abi) or ())
        ]
        libraries = []  # most pages need none of them: an import compiles one, not the load
    if python is not None and any(_is_source(path, abi) for path in placed):
        placed |= _byte_code(placed, abi, python)
        if is_interpreter:
            start_up = _imported_byte_code(abi, python, _START_UP, _START_UP_FILE)
            often += _imported_byte_code(abi, python, _OFTEN, _OFTEN_FILE)
    first = [path for path in start_up if path in placed]
    rest = sorted(placed.keys() - set(first) - set(libraries), key=_rank)
    return Tree(
        files={path: placed[path] for path in [*first, *rest, *libraries]},
        symlinks=links,
        libraries=libraries,
        late=_late(often, rest, placed, abi),
    )


def _late(
    often: Sequence[str], rest: Sequence[str], files: Mapping[str, File], abi: Abi
) -> list[list[str]]:
    """The files of the further parts, in the order of their use; the sources are the last.

    Args:
        often: of the interpreter, the byte code that start-up and programs often read; else empty.
        rest: the files but those of start-up, in the order of the bundle.
        files: all files.
        abi: gives the folder of the standard library.
    """
    sources = [path for path in rest if _is_late_source(path, files, abi)]
    if sum(len(files[path].content) for path in sources) < _LEAST_SOURCES:
        return []
    late = set(sources)
    second = [path for path in rest if path in often] if often else []
    third = [path for path in rest if path not in late.union(second)] if often else []
    return [part for part in (second, third, sources) if part]


def _is_late_source(path: str, files: Mapping[str, File], abi: Abi) -> bool:
    file = PurePosixPath(path)
    if file.suffix != ".py":
        return file.suffix in _SOURCES and path.startswith(f"{abi.stdlib}/")
    return str(file.parent / "__pycache__" / f"{file.stem}.{abi.cache_tag}.pyc") in files


def is_wanted(path: str, abi: Abi) -> bool:
    """Whether a page can use the file at ``path`` below the prefix."""
    tests, patterns = _left_out(abi)
    return not (tests.fullmatch(path) or any(fnmatchcase(path, pattern) for pattern in patterns))


@functools.cache
def _left_out(abi: Abi) -> tuple[re.Pattern[str], tuple[str, ...]]:
    stdlib = (pattern.format(version=abi.python) for pattern in _LEFT_OUT_OF_STDLIB)
    return (
        re.compile(re.escape(abi.site_packages) + _TESTS),
        (*_LEFT_OUT, *(f"{abi.stdlib}/{pattern}" for pattern in stdlib)),
    )


def modules(paths: Iterable[str], abi: Abi) -> list[str]:
    """The names of the modules in a package's files, sorted.

    A module in a package is not listed. A folder without ``__init__`` is a namespace that
    packages share (PEP 420): its modules are listed by their dotted names. Modules of the
    standard library are also listed, since some of them have a conda package of their own.
    """
    parts = [split for split in (_module_parts(path, abi) for path in paths) if split]
    packages = {split[:-1] for split in parts if split[-1] == "__init__"}
    names = set()
    for split in parts:
        lengths = range(1, len(split))
        top = next((split[:length] for length in lengths if split[:length] in packages), split)
        names.add(".".join(top))
    return sorted(names)


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Metadata of an installed Python project (the core metadata specification).

    Attributes:
        version: of the project; the version of the conda package can differ.
        extras: the requirements with a marker on ``extra``, which conda's metadata lacks.
    """

    version: str
    extras: tuple[str, ...]


def distributions(files: Mapping[str, File], abi: Abi) -> dict[str, Distribution]:
    """The Python projects in a package's files, by normalized name (PEP 503), sorted.

    Only projects directly in ``site-packages`` count, not vendored projects. Projects without a
    name or version are left out: no requirement can name them.
    """
    pattern = re.compile(rf"{re.escape(abi.site_packages)}/[^/]+\.dist-info/METADATA")
    projects: dict[str, Distribution] = {}
    for path, file in files.items():
        if not pattern.fullmatch(path):
            continue
        metadata, _ = parse_email(file.content)
        if "name" in metadata and "version" in metadata:
            projects[canonicalize_name(metadata["name"])] = Distribution(
                version=metadata["version"],
                extras=tuple(filter(_is_of_extra, metadata.get("requires_dist", ()))),
            )
    return dict(sorted(projects.items()))


def _is_of_extra(requirement: str) -> bool:
    """Whether the marker of a requirement (PEP 508) depends on an extra."""
    try:
        marker = str(Requirement(requirement).marker or "")
    except InvalidRequirement:
        return False
    return "extra" in re.split(r'"[^"]*"|\W', marker)  # a name, not a value in quotes


def _console_scripts(package: Package) -> dict[str, bytes]:
    """The commands of a ``noarch: python`` package by name, as an installer writes them."""
    scripts = {}
    for entry_point in (package.link.get("noarch") or {}).get("entry_points") or ():
        match = _ENTRY_POINT.fullmatch(entry_point)
        if match is None:
            raise BundleError(
                f"{package.file}: the entry point {entry_point!r} is not name = module:function.",
                help="Correct the entry point in the recipe and build the package again.",
            )
        name, module, function = match.groups()
        lines = (
            "#!/bin/python",
            "import sys",
            f"from {module} import {function.partition('.')[0]}",
            'if __name__ == "__main__":',
            f"    sys.exit({function}())",
        )
        scripts[name] = "".join(f"{line}\n" for line in lines).encode()
    return scripts


def _link_target(path: str, target: str) -> str:
    return os.path.normpath(PurePosixPath(path).parent / target)


def _relocate(content: bytes, entry: Mapping[str, Any]) -> bytes:
    """Replace the build's prefix, as ``info/paths.json`` names it, by the mount point ``/``."""
    if not entry.get("prefix_placeholder"):
        return content
    placeholder = entry["prefix_placeholder"].encode()
    if entry.get("file_mode") != "binary":
        return _at_root(content, placeholder)

    def padded(match: re.Match[bytes]) -> bytes:
        return _at_root(match[0], placeholder).ljust(len(match[0]), b"\0")

    # A C string is padded to its old length, so that the bytes after it do not move.
    return re.sub(re.escape(placeholder) + rb"[^\0]*", padded, content)


def _at_root(text: bytes, placeholder: bytes) -> bytes:
    return text.replace(placeholder + b"/", b"/").replace(placeholder, b"/")


def _is_source(path: str, abi: Abi) -> bool:
    return path.startswith(f"{abi.stdlib}/") and path.endswith(".py")


def _is_side_module(path: str, file: File) -> bool:
    return re.search(r"\.so(\.\d+)*$", path) is not None and file.content[:4] == b"\0asm"


def _rank(path: str) -> tuple[int, str]:
    """The order in a bundle: byte code first; sources, which only tracebacks read, last."""
    return (0 if path.endswith(".pyc") else 2 if path.endswith(".py") else 1, path)


def _module_parts(path: str, abi: Abi) -> tuple[str, ...] | None:
    """The dotted name of the module in a file, in parts; None if the file is not a module."""
    for base in (abi.site_packages, f"{abi.stdlib}/lib-dynload", abi.stdlib):
        if path.startswith(f"{base}/"):
            break
    else:
        return None
    *folders, file = path[len(base) + 1 :].split("/")
    name, _, suffix = file.partition(".")
    is_module = suffix in {"py", "so"} or re.fullmatch(r"(cpython|abi3).*\.so", suffix)
    parts = (*folders, name)
    return parts if is_module and all(part.isidentifier() for part in parts) else None


def _byte_code(files: Mapping[str, File], abi: Abi, python: Path) -> dict[str, File]:
    """Compile all sources in one run of ``python``; a source with errors gets no byte code."""
    with tempfile.TemporaryDirectory(prefix="conda-emscripten-") as folder:
        root = Path(folder)
        for path in (path for path in files if _is_source(path, abi)):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[path].content)
        _run(python, abi, _COMPILE, folder, abi.cache_tag)
        return {
            file.relative_to(root).as_posix(): File(content=file.read_bytes())
            for file in sorted(root.rglob("*.pyc"))
        }


def _imported_byte_code(abi: Abi, python: Path, names: Iterable[str], file: str) -> list[str]:
    """The ``.pyc`` paths of what imports of modules read, in this order, and of one more file."""
    listed = _run(python, abi, _LIST_IMPORTED, *names)
    paths = (PurePosixPath(abi.stdlib, line) for line in (*listed.splitlines(), file))
    return [str(p.parent / "__pycache__" / f"{p.stem}.{abi.cache_tag}.pyc") for p in paths]


def _run(python: Path, abi: Abi, program: str, *arguments: str) -> str:
    needed = f"Use a native CPython {abi.python}."
    try:
        done = subprocess.run(
            [python, "-s", "-P", "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            # With a fixed hash seed, constant sets have the same order in every run.
            env={"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")},
        )
    except OSError as error:
        raise BundleError(
            f"{python}: cannot be run to compile byte code ({error}).", help=needed
        ) from error
    if done.returncode:
        raise BundleError(
            f"{python}: cannot compile byte code: {done.stderr.strip()}.", help=needed
        )
    return done.stdout
