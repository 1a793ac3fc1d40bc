"""What of a package can a build that uses the package see?

This module computes the interface of a package file: digests that stay the same as long as the
package changes in nothing that a build against the package can see. What is not certainly invisible
counts. The digests do not depend on the time and the folder of the package's own build.

In a build environment the package is a tool that runs, so that all files count. In the host
environment of a cross build the package is a library: nothing of the target runs there, and the
contents of a library or a module count for those packages alone that may contain it
(``contained_libraries``).
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import posixpath
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from rattler import MatchSpec
from rattler.exceptions import (
    InvalidMatchSpecError,
    InvalidPackageNameError,
    InvalidVersionSpecError,
    PackageNameMatcherParseError,
)

from conda_emscripten import library_symbols, static_archive, wasm_module
from conda_emscripten.conda_package import DamagedPackageError, Package, read_package
from conda_emscripten.errors import BuildError
from conda_emscripten.file_tree import File
from conda_emscripten.library_symbols import DamagedFileError, damage_in
from conda_emscripten.project import TARGET_PLATFORM

_BUILD_AGAIN = (
    "Build the package again with 'conda-emscripten build --force NAME'. If the error stays, "
    "correct the file, or keep it out of the package."
)

_INVALID_SPEC = (
    *(InvalidMatchSpecError, InvalidPackageNameError),
    *(InvalidVersionSpecError, PackageNameMatcherParseError),
)

#: The fields of ``info/index.json`` that decide what is installed, and where.
_INDEX_FIELDS = ("name", "version", "noarch", "track_features", "python_site_packages_path")

#: The folder of a build of rattler-build, the parent of the work folder and of both prefixes, is
#: ``<output folder>/bld/rattler-build_<name>``, with a time unless the engine builds.
_BUILD_FOLDER = b"/rattler-build_"
_NAME_CHARACTERS = (string.ascii_letters + string.digits + "_.+-").encode()
_PATH_CHARACTERS = _NAME_CHARACTERS + b"/@~"

#: The months in ``__DATE__`` (C17, 6.10.8.1).
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

_TEST_FILES = "etc/conda/test-files/"
_DOCUMENTATION = ("share/man/", "share/doc/", "share/info/", "share/licenses/")
_PROGRAMS = ("bin/", "libexec/", "sbin/")
_GLUE = {".js", ".cjs", ".mjs"}
#: Python's standard library, without its ``config-*`` folder and its ``_sysconfigdata*`` modules.
_STANDARD_LIBRARY = re.compile(r"lib/python3\.\d+t?/(?!site-packages/|config-)")
#: Files of a ``.dist-info`` folder that say how the package was installed.
_INSTALLATION = {"direct_url.json", "INSTALLER", "REQUESTED"}


@dataclass(frozen=True, kw_only=True)
class Interface:
    """What of a package a build that uses the package can see.

    Attributes:
        whole: digest of all files, for a package in a build environment.
        host: digest of what always counts for a package in a host environment.
        libraries: path of each static library, object file and WebAssembly module -> digest of its
            whole content. ``host`` has only the names that these files define and use.
        depends: the names of the packages that the package depends on, sorted.
    """

    whole: str
    host: str
    libraries: Mapping[str, str]
    depends: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values; the inverse of ``from_json``."""
        return {
            "whole": self.whole,
            "host": self.host,
            "libraries": dict(self.libraries),
            "depends": list(self.depends),
        }

    @classmethod
    def from_json(cls, fields: Any) -> Interface:
        """The interface with the fields that ``to_json`` returned.

        Raises:
            KeyError, TypeError, ValueError: a field is missing or malformed.
        """
        libraries = {
            _text(path): _hex(digest) for path, digest in dict(fields["libraries"]).items()
        }
        if not isinstance(fields["depends"], list):
            raise TypeError("depends is not a list")
        return cls(
            whole=_hex(fields["whole"]),
            host=_hex(fields["host"]),
            libraries=libraries,
            depends=tuple(_text(name) for name in fields["depends"]),
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _hex(value: Any) -> str:
    if not re.fullmatch("[0-9a-f]{64}", _text(value)):
        raise ValueError(f"{value!r} is not a digest")
    return str(value)


def read_interface(package: Path) -> Interface:
    """Read the interface of a ``.conda`` file.

    ``host`` equals ``whole`` for a package of another platform than the target: in a build for
    that platform, the package can run.

    Raises:
        BuildError: the package, or a WebAssembly file or static library in the package, is damaged
            or has an unknown format.
    """
    with _one_error(package):
        return _Reader(read_package(package)).interface()


def contained_libraries(package: Path, dependency: Path) -> frozenset[str]:
    """The libraries, object files and modules of ``dependency`` that ``package`` may contain.

    ``library_symbols.contained`` has the rule.

    Returns:
        Their paths in ``dependency``.

    Raises:
        BuildError: as ``read_interface``, for either package.
    """
    with _one_error(package):
        own = library_symbols.read_symbols(package)
    with _one_error(dependency):
        return library_symbols.contained(own, library_symbols.read_symbols(dependency))


@contextlib.contextmanager
def _one_error(package: Path) -> Iterator[None]:
    """Raise every exception of an unreadable package as a ``BuildError`` that names the package."""
    try:
        yield
    except DamagedPackageError as error:
        raise BuildError(str(error), help=_BUILD_AGAIN) from error
    except (DamagedFileError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"The interface of {package} cannot be read: {reason}."
        raise BuildError(message, help=_BUILD_AGAIN) from error


class _Reader:
    """Describes the files of one package as JSON values, and digests these.

    ``counted`` has the paths of all files that count somewhere.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        placeholders = {str(e.get("prefix_placeholder") or "") for e in package.paths.values()}
        self.placeholders = sorted(text.encode() for text in placeholders if text)
        self.times = _times_of_build(package.index.get("timestamp"))
        paths = [*package.files, *package.symlinks]
        self.counted = [path for path in paths if not self._never_counts(path)]
        #: The platform for which nothing can run during a build.
        self.foreign = package.index.get("subdir") == TARGET_PLATFORM
        self.native = not self.foreign and package.index.get("subdir") != "noarch"
        self.linked = self._linked()

    def interface(self) -> Interface:
        whole = {path: self._content(path) for path in self.counted}
        host = whole if self.native else {}
        libraries = {}
        for path in self.counted:
            file = self.package.files.get(path)
            if file and self._can_be_contained(path, file):
                libraries[path] = _digest(whole[path])
            if not self.native and (path in self.linked or not self._invisible(path)):
                host[path] = self._visible_part(path, file, whole[path])
        metadata = self._metadata()
        return Interface(
            whole=_digest([metadata, whole]),
            host=_digest([metadata, host]),
            libraries=dict(sorted(libraries.items())),
            depends=self._depends(),
        )

    def _linked(self) -> set[str]:
        """The paths of files to which visible symbolic links lead."""
        paths = [*self.package.files, *self.package.symlinks]
        linked: set[str] = set()
        queue = [path for path in self.package.symlinks if not self._invisible(path)]
        while queue:
            path = queue.pop()
            target = posixpath.join(posixpath.dirname(path), self.package.symlinks[path])
            target = posixpath.normpath(target)
            found = {each for each in paths if each == target or each.startswith(f"{target}/")}
            queue += self.package.symlinks.keys() & (found - linked)
            linked |= found
        return linked

    def _can_be_contained(self, path: str, file: File) -> bool:
        if self.native:
            return path.endswith((".a", ".o"))
        with damage_in(path):
            return file.content.startswith(wasm_module.MAGIC) or library_symbols.is_library(
                path, file.content
            )

    def _metadata(self) -> Any:
        index = self.package.index
        return {
            "index": {key: index.get(key) for key in _INDEX_FIELDS},
            "depends": sorted(self._specs("depends")),
            "constrains": sorted(self._specs("constrains")),
            "run_exports": self.package.run_exports,
            "link": self.package.link.get("noarch"),  # the entry points become programs
        }

    def _depends(self) -> tuple[str, ...]:
        names = set()
        for spec in self._specs("depends"):
            try:
                names.add(str(MatchSpec(spec).name.normalized))
            except _INVALID_SPEC as error:
                raise DamagedFileError(f"info/index.json: {error}") from error
        return tuple(sorted(name for name in names if not name.startswith("__")))

    def _specs(self, field: str) -> list[str]:
        specs = self.package.index.get(field) or []
        if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
            raise DamagedFileError(f"info/index.json: {field} is not a list of strings")
        return specs

    def _never_counts(self, path: str) -> bool:
        """Whether a file counts neither in a build environment nor in a host environment.

        A module compiled by Python (PEP 3147) is a function of its source.
        """
        if path.startswith(_TEST_FILES):
            return True
        name = PurePosixPath(path)
        if name.suffix == ".pyc" and name.parent.name == "__pycache__":
            source = name.parent.parent / f"{name.name.split('.')[0]}.py"
            return str(source) in self.package.files
        return _says_how_installed(name)

    def _invisible(self, path: str) -> bool:
        """Whether no build can see the file in its host environment.

        A cross build runs the build platform's Python with that one's standard library, and cannot
        run a program of the target, whose JavaScript stands beside its WebAssembly file.
        """
        if path.startswith(_DOCUMENTATION):
            return True
        if not self.foreign:
            return False
        name = PurePosixPath(path)
        if _STANDARD_LIBRARY.match(path) and not name.name.startswith("_sysconfigdata"):
            return name.suffix == ".py" or (
                name.suffix == ".pyc" and name.parent.name == "__pycache__"
            )
        glue = path.startswith(_PROGRAMS) and name.suffix in _GLUE
        return glue and str(name.with_suffix(".wasm")) in self.package.files

    def _content(self, path: str) -> Any:
        """A file with its whole content, or a symbolic link."""
        file = self.package.files.get(path)
        if file is None:
            return {"link": self.package.symlinks[path]}
        content, name = file.content, PurePosixPath(path)
        # Whether and how an installation writes the prefix into the file.
        entry = self.package.paths.get(path, {})
        description = {
            "executable": bool(file.mode & 0o100),
            "prefix": entry.get("file_mode") if entry.get("prefix_placeholder") else None,
        }
        if name.parent.suffix == ".dist-info" and name.name == "RECORD":
            names = _recorded_names(content)
            if names is not None:
                return {**description, "names": names}
        if content.startswith(static_archive.MAGIC):
            return {**description, "members": self._members(path, content)}
        if content.startswith(b"\x1f\x8b") and len(content) > 8:  # RFC 1952: the time
            content = content[:4] + bytes(4) + content[8:]
        elif name.suffix == ".pyc" and content[4:8] == bytes(4):  # PEP 552: time and size
            content = content[:8] + bytes(8) + content[16:]
        return {**description, "sha256": self._hash(content)}

    def _members(self, path: str, content: bytes) -> list[list[str]]:
        with damage_in(path):
            members = static_archive.read_members(content)
        return [[name, self._hash(data)] for name, data in members]

    def _visible_part(self, path: str, file: File | None, whole: Any) -> Any:
        """What a build can see of a file in its host environment."""
        if file is None:
            return whole
        part: Any = None
        with damage_in(path):
            if library_symbols.is_library(path, file.content):
                symbols = library_symbols.read_library(file.content)
                part = symbols and symbols.to_json()
            elif file.content.startswith(wasm_module.MAGIC):
                part = _module_part(wasm_module.read_module(file.content))
        return whole if part is None else {"executable": whole["executable"], **part}

    def _hash(self, content: bytes) -> str:
        """The sha256 of the content without the folders and the time of the build."""
        for placeholder in self.placeholders:
            content = content.replace(placeholder, b"/PREFIX")
        if self.times:
            content = self.times.sub(rb"DATE\1TIME", content)
        return hashlib.sha256(_without_build_folders(content)).hexdigest()


def _times_of_build(timestamp: Any) -> re.Pattern[bytes] | None:
    """What the C macros ``__DATE__`` and ``__TIME__`` can be in a package of that time.

    CPython's getbuildinfo.c has both. The linker places the strings beside each other.

    Args:
        timestamp: the ``timestamp`` of ``index.json``, in milliseconds since 1970.
    """
    try:
        built = datetime.fromtimestamp(timestamp / 1000, UTC)
    except (TypeError, OverflowError, ValueError, OSError):
        return None
    days = [built + timedelta(days=days) for days in (-1, 0, 1)]  # in any time zone
    dates = "|".join(f"{_MONTHS[day.month - 1]} {day.day:2} {day.year}" for day in days)
    return re.compile(rf"(?:{dates})(.{{,32}}?)\d\d:\d\d:\d\d".encode(), re.DOTALL)


def _without_build_folders(content: bytes) -> bytes:
    """The content with ``/BUILD`` in place of the absolute paths of folders of builds."""
    first, *others = content.split(_BUILD_FOLDER)
    parts = [first]
    for other in others:
        before = parts[-1].rstrip(_PATH_CHARACTERS)
        start = parts[-1].find(b"/", len(before))
        if start >= 0:
            parts[-1] = parts[-1][:start]
        parts += [b"/BUILD", other.lstrip(_NAME_CHARACTERS)]
    return b"".join(parts)


def _says_how_installed(path: PurePosixPath) -> bool:
    return path.parent.suffix == ".dist-info" and path.name in _INSTALLATION


def _recorded_names(content: bytes) -> list[str] | None:
    """The paths in a RECORD (PEP 376) without those of files that never count; None for no CSV."""
    try:
        rows = list(csv.reader(content.decode("utf-8", "surrogateescape").splitlines()))
    except csv.Error:
        return None
    names = sorted({row[0] for row in rows if row})
    return [name for name in names if not _says_how_installed(PurePosixPath(name))]


def _module_part(module: wasm_module.WasmModule) -> Any:
    """What a linker and a dynamic linker see of a module that others use."""
    return {
        "exports": module.exports,
        "flags": module.export_flags,
        "needed": module.needed,
        "runtime_paths": module.runtime_paths,
        "dynamic": module.dynamic,
    }


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
