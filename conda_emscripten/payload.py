"""Which files of a conda package does a page need at run time, and as what bytes?

The container is CEP 26's ``.conda``: a zip of ``pkg-*.tar.zst`` (the files) and ``info-*.tar.zst``
(the metadata, of which ``index.json`` and ``paths.json`` matter here).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

import zstandard

from conda_emscripten.bundle_format import File, Tree, check_tree
from conda_emscripten.errors import BundleError

PYTHON = "3.13"
"""The interpreter of the ABI: decides where noarch packages go and what compiles ``.pyc``."""

STDLIB = f"lib/python{PYTHON}"
SITE_PACKAGES = f"{STDLIB}/site-packages"

_LEFT_OUT = (
    # For compiling, linking and shells.
    "bin/*", "sbin/*", "include/*", "libexec/*", "python-scripts/*", "conda-meta/*",
    "etc/conda/*", "lib/pkgconfig/*", "lib/cmake/*", "share/pkgconfig/*", "share/cmake/*",
    "share/aclocal/*", "*.a", "*.la", "*.o",
    # For readers.
    "share/man/*", "share/doc/*", "share/info/*", "share/bash-completion/*",
    # The main module and its JavaScript, which the site serves itself.
    "lib/pyodide/*",
    # Byte code is compiled anew: it must carry the mount point's paths and never be checked.
    "*.pyc", "*.pyo",
    # Parts of the standard library that test it, or need a window, a compiler or pip.
    f"{STDLIB}/test/*", f"{STDLIB}/idlelib/*", f"{STDLIB}/turtledemo/*", f"{STDLIB}/ensurepip/*",
    f"{STDLIB}/config-{PYTHON}*/*",
)  # fmt: skip

# Tests and their data. Other modules of a package ``tests`` are kept: astropy and yt import theirs.
_TESTS = re.compile(
    rf"{re.escape(SITE_PACKAGES)}/(.*/)?tests/(.*/)?(test_[^/]*|conftest\.py|[^/]*(?<!\.py))"
)

_ENTRY_POINT = re.compile(r"\s*(\w[\w.-]*)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\]\s*)?")

# What an interpreter imports until it runs its first line, the bridge's own needs included. It
# only decides which files lie together at the start of the bundle of ``python``.
_START_UP = (
    "encodings.utf_8", "encodings.ascii", "encodings.latin_1", "site", "os", "warnings", "types",
    "functools", "collections.abc", "keyword", "operator", "re", "ast", "tokenize", "linecache",
    "traceback", "inspect", "contextlib", "importlib.util", "importlib.machinery", "textwrap",
    "typing", "json", "asyncio", "pathlib", "tempfile", "urllib.parse", "codeop",
)  # fmt: skip

_COMPILE = """
import compileall, sys
if sys.implementation.cache_tag != sys.argv[2]:
    sys.exit(f"it is {sys.implementation.cache_tag}, not {sys.argv[2]}")
import py_compile
compileall.compile_dir(
    sys.argv[1], maxlevels=100, quiet=2, stripdir=sys.argv[1], prependdir="/", workers=1,
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
"""

_LIST_START_UP = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
library = os.path.dirname(os.__file__) + os.sep
for module in list(sys.modules.values()):
    file = getattr(getattr(module, "__spec__", None), "origin", None) or ""  # or "frozen"
    if file.startswith(library) and file.endswith(".py"):
        print(file[len(library):])
"""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A conda package as it lies on the disk, read but for no file changed.

    Attributes:
        file: name of the package file.
        sha256: of the package file.
        index: ``info/index.json``.
        paths: ``info/paths.json``: path -> its entry.
        about: ``info/about.json``, empty if there is none.
        run_exports: ``info/run_exports.json``, empty if there is none.
        scripts: those that an installer makes of the entry points in ``info/link.json``, by name.
        files: path in the package -> regular file.
        symlinks: path in the package -> target.
    """

    file: str
    sha256: str
    index: Mapping[str, Any]
    paths: Mapping[str, Mapping[str, Any]]
    about: Mapping[str, Any]
    run_exports: Mapping[str, Any]
    scripts: Mapping[str, bytes]
    files: Mapping[str, File]
    symlinks: Mapping[str, str]


def read_package(path: Path) -> Package:
    """Read a ``.conda`` package into memory; nothing is written anywhere.

    Raises:
        BundleError: it is damaged, a path or link leaves the prefix, or a file is not the one
            that ``info/paths.json`` promises.
    """
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            info_files, _ = _read_tar(_member(container, "info-"))
            files, symlinks = _read_tar(_member(container, "pkg-"))
        index = json.loads(info_files["info/index.json"].content)
        paths = json.loads(info_files["info/paths.json"].content)["paths"]
        package = Package(
            file=path.name,
            sha256=hashlib.sha256(data).hexdigest(),
            index=index,
            paths={entry["_path"]: entry for entry in paths},
            about=_optional(info_files, "info/about.json"),
            run_exports=_optional(info_files, "info/run_exports.json"),
            scripts=_console_scripts(_optional(info_files, "info/link.json")),
            files=files,
            symlinks=symlinks,
        )
        check_tree(Tree(files=files, symlinks=symlinks))
        for name, file in files.items():
            expected = package.paths.get(name, {}).get("sha256")
            if expected and expected != hashlib.sha256(file.content).hexdigest():
                raise BundleError(f"{name} is not the file that info/paths.json describes.")
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (zipfile.BadZipFile, zstandard.ZstdError, tarfile.TarError, ValueError) as error:
        raise BundleError(f"{path}: is not a sound conda package ({error}).") from error
    except (AttributeError, KeyError, TypeError) as error:
        raise BundleError(f"{path}: its metadata lacks {error}.") from error
    except BundleError as error:
        raise BundleError(f"{path}: {error} Build the package again.") from error
    return package


def run_time_tree(package: Package, *, python: Path | None) -> Tree:
    """What of ``package`` is mounted in a page, in the order of the bundle.

    Args:
        python: a native CPython of version ``PYTHON`` that compiles the byte code; None leaves
            byte code out, and modules are compiled in the page when they are imported.

    Raises:
        BundleError: ``python`` cannot be run, or two files of the package fall on one path.
    """
    noarch_python = package.index.get("noarch") == "python"

    def place(path: str) -> str:
        if noarch_python and path.startswith("site-packages/"):
            return f"{STDLIB}/{path}"
        return path

    placed: dict[str, File] = {}
    for path, file in package.files.items():
        if is_wanted(place(path)):
            entry = package.paths.get(path, {})
            placed[place(path)] = File(content=_relocate(file.content, entry), mode=file.mode)
    for name, script in package.scripts.items():
        placed[f"bin/{name}"] = File(content=script, mode=0o755)
    links = {
        place(path): target
        for path, target in package.symlinks.items()
        if is_wanted(place(path)) and is_wanted(_link_target(place(path), target))
    }

    start_up: list[str] = []
    if python is not None and any(_is_source(path) for path in placed):
        placed |= _byte_code(placed, python)
        if package.index.get("name") == "python":
            start_up = _start_up_byte_code(python)
    libraries = sorted(path for path, file in placed.items() if _is_side_module(path, file))
    hot = [path for path in start_up if path in placed]
    others = sorted(placed.keys() - set(hot) - set(libraries), key=_temperature)
    return Tree(
        files={path: placed[path] for path in [*hot, *others, *libraries]},
        symlinks=links,
        libraries=libraries,
    )


def modules(paths: Iterable[str]) -> list[str]:
    """The names under which a package's files can be imported, shortest first.

    A folder without ``__init__`` is a namespace shared by packages (PEP 420); the modules in it
    are listed by their dotted names. Modules of the standard library count when they have a
    package of their own.
    """
    found: set[str] = set()
    parts = [p for p in map(_module_parts, paths) if p]
    packages = {p[:-1] for p in parts if p[-1] == "__init__"}
    for part in parts:
        whole = next((part[:n] for n in range(1, len(part)) if part[:n] in packages), part)
        found.add(".".join(whole))
    return sorted(found)


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """What the metadata of an installed Python project say (the core metadata specification).

    Attributes:
        version: its own, which the conda package's need not be.
        extras: the requirements with a marker on ``extra``; conda packages have no such thing.
    """

    version: str
    extras: tuple[str, ...]


def distributions(files: Mapping[str, File]) -> dict[str, Distribution]:
    """The Python projects in a package's files, by normalized name (PEP 503), sorted."""
    found: dict[str, Distribution] = {}
    for path, file in files.items():
        if not re.fullmatch(rf"{SITE_PACKAGES}/[^/]+\.dist-info/METADATA", path):
            continue  # also what projects vendor in folders of their own
        metadata = BytesParser().parsebytes(file.content, headersonly=True)
        name, version = metadata["Name"], metadata["Version"]
        if not name or not version:
            continue  # nobody could install it by name
        requirements = metadata.get_all("Requires-Dist", [])
        found[re.sub(r"[-_.]+", "-", name).lower()] = Distribution(
            version=version,
            extras=tuple(r for r in requirements if re.search(r"\bextra\b", r.partition(";")[2])),
        )
    return dict(sorted(found.items()))


def is_wanted(path: str) -> bool:
    """Whether a file at ``path`` under the prefix is of use in a page."""
    return not (_TESTS.fullmatch(path) or any(fnmatchcase(path, pattern) for pattern in _LEFT_OUT))


def _console_scripts(link: Mapping[str, Any]) -> dict[str, bytes]:
    """The commands of a package that is for any Python, as its installer would write them."""
    scripts = {}
    for entry_point in (link.get("noarch") or {}).get("entry_points") or ():
        match = _ENTRY_POINT.fullmatch(entry_point)
        if match is None:
            raise BundleError(f"the entry point {entry_point!r} is not name = module:function.")
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


def _optional(info: Mapping[str, File], path: str) -> Mapping[str, Any]:
    content = json.loads(info[path].content) if path in info else {}
    return content if isinstance(content, dict) else {}


def _member(container: zipfile.ZipFile, prefix: str) -> bytes:
    for name in container.namelist():
        if name.startswith(prefix) and name.endswith(".tar.zst"):
            return container.read(name)
    raise ValueError(f"no {prefix}*.tar.zst in it")


def _read_tar(packed: bytes) -> tuple[dict[str, File], dict[str, str]]:
    files: dict[str, File] = {}
    symlinks: dict[str, str] = {}
    stream = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed))
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if member.isdir():
                continue
            if name in files or name in symlinks:
                raise BundleError(f"the path {name!r} occurs twice.")
            if member.issym():
                symlinks[name] = member.linkname
            elif member.islnk():
                target = member.linkname.removeprefix("./")
                if target not in files:
                    raise BundleError(f"the hard link {name!r} points outside, to {target!r}.")
                files[name] = files[target]
            elif member.isfile():
                content = tar.extractfile(member)
                assert content is not None  # a regular file always has content
                executable = member.mode & 0o100
                files[name] = File(content=content.read(), mode=0o755 if executable else 0o644)
            else:
                raise BundleError(f"{name!r} is neither a file nor a link.")
    return files, symlinks


def _link_target(path: str, target: str) -> str:
    return os.path.normpath(PurePosixPath(path).parent / target)


def _relocate(content: bytes, entry: Mapping[str, Any]) -> bytes:
    """Put the mount point ``/`` where ``info/paths.json`` names the prefix of the build."""
    if not entry.get("prefix_placeholder"):
        return content
    placeholder = entry["prefix_placeholder"].encode()
    if entry.get("file_mode") != "binary":
        return _at_root(content, placeholder)

    def padded(match: re.Match[bytes]) -> bytes:
        return _at_root(match[0], placeholder).ljust(len(match[0]), b"\0")

    # A C string keeps its length, or all that follows it would move.
    return re.sub(re.escape(placeholder) + rb"[^\0]*", padded, content)


def _at_root(text: bytes, placeholder: bytes) -> bytes:
    return text.replace(placeholder + b"/", b"/").replace(placeholder, b"/")


def _is_source(path: str) -> bool:
    return path.startswith(f"{STDLIB}/") and path.endswith(".py")


def _is_side_module(path: str, file: File) -> bool:
    return re.search(r"\.so(\.\d+)*$", path) is not None and file.content[:4] == b"\0asm"


def _temperature(path: str) -> tuple[int, str]:
    """Byte code is read by every import, sources only by tracebacks and ``inspect``."""
    return (0 if path.endswith(".pyc") else 2 if path.endswith(".py") else 1, path)


def _module_parts(path: str) -> tuple[str, ...] | None:
    for base in (SITE_PACKAGES, f"{STDLIB}/lib-dynload", STDLIB):
        if path.startswith(f"{base}/"):
            break
    else:
        return None
    *folders, file = path[len(base) + 1 :].split("/")
    name, _, suffix = file.partition(".")
    is_module = suffix == "py" or suffix == "so" or re.fullmatch(r"(cpython|abi3).*\.so", suffix)
    parts = (*folders, name)
    return parts if is_module and all(part.isidentifier() for part in parts) else None


def _byte_code(files: Mapping[str, File], python: Path) -> dict[str, File]:
    """Compile all sources in one run of ``python``; a source with errors gets no byte code."""
    with tempfile.TemporaryDirectory(prefix="conda-emscripten-") as folder:
        root = Path(folder)
        for path in filter(_is_source, files):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[path].content)
        _run(python, _COMPILE, folder, f"cpython-{PYTHON.replace('.', '')}")
        return {
            file.relative_to(root).as_posix(): File(content=file.read_bytes())
            for file in sorted(root.rglob("*.pyc"))
        }


def _start_up_byte_code(python: Path) -> list[str]:
    """The ``.pyc`` paths of what start-up imports, in the order of the imports."""
    listed = _run(python, _LIST_START_UP, *_START_UP)
    tag = f"cpython-{PYTHON.replace('.', '')}"
    paths = (PurePosixPath(STDLIB, line) for line in listed.splitlines())
    return [str(p.parent / "__pycache__" / f"{p.stem}.{tag}.pyc") for p in paths]


def _run(python: Path, program: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [python, "-s", "-P", "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            # The order of sets must not reach the byte code.
            env={"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")},
        )
    except OSError as error:
        raise BundleError(f"{python}: cannot be run to compile byte code ({error}).") from error
    if done.returncode:
        raise BundleError(
            f"{python}: cannot compile byte code: {done.stderr.strip()} "
            f"It must be a native CPython {PYTHON}."
        )
    return done.stdout
