"""Which libraries and modules of a package may another package contain?

This module answers from the symbols of both packages. A linked file has no list of the libraries
that it was linked from, so that the answer is a proof of absence: see ``contained``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from conda_emscripten import static_archive, wasm_module
from conda_emscripten.conda_package import Package, read_package
from conda_emscripten.project import TARGET_PLATFORM
from conda_emscripten.wasm_module import Symbol

#: The beginning of a module in base64, as in a program with Emscripten's ``SINGLE_FILE``.
_MAGIC_BASE64 = b"AGFzbQEAAAA"

#: What wasm-ld exports from each side module, in the form of ``_key``.
_EXPORTS_OF_EACH = {"function __wasm_apply_data_relocs", "function __wasm_call_ctors"}


class DamagedFileError(Exception):
    """A file in a package is damaged or of an unknown format; the message names the file."""


@contextlib.contextmanager
def damage_in(path: str) -> Iterator[None]:
    """Name the file in the errors of its format."""
    try:
        yield
    except (static_archive.ArchiveError, wasm_module.WasmError) as error:
        raise DamagedFileError(f"{path}: {error}") from error


@dataclass(frozen=True, kw_only=True)
class LibrarySymbols:
    """The symbols of a static library or an object file.

    Attributes:
        symbols: those of all members.
        features: the ``target_features`` of the members, which wasm-ld compares.
    """

    symbols: frozenset[Symbol]
    features: frozenset[bytes]

    def to_json(self) -> dict[str, Any]:
        """What a build that does not contain the library can see, as JSON values.

        A configure check sees which names are defined, of which type, and which other names a
        program that uses the library needs.
        """
        defined = {(s.name, s.kind, s.type, s.weak) for s in self.symbols if s.defined}
        used = {(s.name, s.kind) for s in self.symbols if not s.defined}
        names = {(name, kind) for name, kind, _, _ in defined}
        return {
            "defined": sorted(defined),
            "used": sorted(used - names),
            "features": sorted(features.hex() for features in self.features),
        }


def is_library(path: str, content: bytes) -> bool:
    """Whether a file is a static library or an object file, of whatever format."""
    if content.startswith(static_archive.MAGIC) or path.endswith((".a", ".o")):
        return True
    if not content.startswith(wasm_module.MAGIC) or b"\x07linking" not in content:
        return False
    return wasm_module.read_module(content).symbols is not None


def read_library(content: bytes) -> LibrarySymbols | None:
    """The symbols of a static library or an object file.

    Returns:
        None if the symbols cannot be known: a member is LLVM bitcode or of another platform.

    Raises:
        ArchiveError, WasmError: the file is damaged.
    """
    members = [("", content)]
    if content.startswith(static_archive.MAGIC):
        members = static_archive.read_members(content)
    symbols: set[Symbol] = set()
    features = set()
    for name, member in members:
        if not member.startswith(wasm_module.MAGIC):
            return None
        try:
            module = wasm_module.read_module(member)
        except wasm_module.WasmError as error:
            raise wasm_module.WasmError(f"{name}: {error}" if name else str(error)) from error
        if module.symbols is None:
            return None
        symbols.update(module.symbols)
        features.add(module.features)
    return LibrarySymbols(symbols=frozenset(symbols), features=frozenset(features))


@dataclass(frozen=True, kw_only=True)
class _Library:
    """The names that a library defines, with their kinds as in ``_key``."""

    defined: frozenset[str]
    strong: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Module:
    """A linked module.

    Attributes:
        missing: the names that the link did not find, as in ``_key``, unless references are weak.
        exports: the names that the module defines and exports.
        needed: the names of the shared libraries that were linked.
        dynamic: whether this is a side module or a main module.
        sha256: of the file.
    """

    missing: frozenset[str]
    exports: frozenset[str]
    needed: frozenset[str]
    dynamic: bool
    sha256: bytes


@dataclass(frozen=True, kw_only=True)
class PackageSymbols:
    """The symbols of a package's libraries and modules.

    Attributes:
        libraries: path -> symbols of a library; None if these cannot be known.
        modules: path -> linked module.
        aliases: file name of a symbolic link -> file name of its target.
        opaque: whether the package has WebAssembly or native code that this module cannot read.
    """

    libraries: Mapping[str, _Library | None]
    modules: Mapping[str, _Module]
    aliases: Mapping[str, str]
    opaque: bool


def contained(package: PackageSymbols, dependency: PackageSymbols) -> frozenset[str]:
    """The paths of the libraries and modules of ``dependency`` that ``package`` may contain.

    A package does not contain a linked module if each of its own modules lacks an export of the
    linked module: a copy, also one that was optimised again, has the same exports. Of a module that
    exports nothing, only an equal file is a copy.

    A package does not contain a library if these hold:

    - Each module of the package imports a function or variable that the library defines. wasm-ld
      would have resolved the reference, had the library been in the link: an archive in the link
      serves all undefined references, in whatever order.
    - No static library of the package defines a name that the library defines.

    What could break the first argument does not count as such an import:

    - a weak reference, which takes no member from an archive: wasm-ld notes the flags in
      ``dylink.0``;
    - a name that the module exports, too: in a side module, wasm-ld imports the addresses of the
      module's own names (``GOT.func``, ``GOT.mem``), and its own weak functions, so that another
      module can replace them;
    - a name whose definition in the library is weak, for the same reason;
    - a name that a shared library of ``dependency`` exports, if the module needs this shared
      library, unless the shared library exports all names of the static library: then the static
      library had nothing to add;
    - any import of a program that is no side module and no main module, whose imports Emscripten
      renames.

    The proof assumes that no shared library of a third package exports the same names, and that
    compressed archives in the package have no linked files.

    A package without modules and libraries contains none.
    """
    libraries = {
        path
        for path, library in dependency.libraries.items()
        if package.opaque or _may_contain(package, library, dependency)
    }
    modules = {
        path
        for path, module in dependency.modules.items()
        if package.opaque or any(_may_copy(own, module) for own in package.modules.values())
    }
    return frozenset(libraries | modules)


def _may_contain(
    package: PackageSymbols, library: _Library | None, dependency: PackageSymbols
) -> bool:
    if not package.modules and not package.libraries:
        return False
    if library is None or not library.defined:
        return True
    for own in package.libraries.values():
        if own is None or not own.defined.isdisjoint(library.defined):
            return True
    return any(not _lacks(module, library, dependency) for module in package.modules.values())


def _may_copy(own: _Module, module: _Module) -> bool:
    if module.exports <= _EXPORTS_OF_EACH:
        return own.sha256 == module.sha256
    return module.exports <= own.exports


def _lacks(module: _Module, library: _Library, dependency: PackageSymbols) -> bool:
    """Whether an import proves that the library was not in the link of the module."""
    if not module.dynamic:
        return False
    needed = module.needed | {dependency.aliases.get(name, name) for name in module.needed}
    shared = frozenset().union(
        *(m.exports for path, m in dependency.modules.items() if PurePosixPath(path).name in needed)
    )
    proof = library.strong if library.defined <= shared else library.strong - shared
    return not proof.isdisjoint(module.missing)


def read_symbols(package: Path) -> PackageSymbols:
    """The symbols of a package; a package that was read before and has not changed is remembered.

    Raises:
        DamagedPackageError, DamagedFileError, OSError: the package cannot be read.
    """
    stat = package.stat()
    return _read_symbols(package, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=1024)
def _read_symbols(package: Path, mtime_ns: int, size: int) -> PackageSymbols:  # noqa: ARG001
    content = read_package(package)
    libraries: dict[str, _Library | None] = {}
    modules: dict[str, _Module] = {}
    opaque = content.index.get("subdir") not in (TARGET_PLATFORM, "noarch")
    for path, file in content.files.items():
        data = file.content
        if opaque or path.startswith("etc/conda/test-files/"):
            continue
        with damage_in(path):
            if is_library(path, data):
                symbols = read_library(data)
                libraries[path] = None if symbols is None else _library(symbols)
            elif data.startswith(wasm_module.MAGIC):
                modules[path] = _module(data)
            elif wasm_module.MAGIC in data or _MAGIC_BASE64 in data:
                opaque = True
    return PackageSymbols(
        libraries=libraries, modules=modules, aliases=_aliases(content), opaque=opaque
    )


def _aliases(package: Package) -> dict[str, str]:
    links = package.symlinks.items()
    return {PurePosixPath(path).name: PurePosixPath(target).name for path, target in links}


def _key(kind: str, name: str) -> str:
    """A name with its kind. Interned, since thousands of modules import the same names."""
    return sys.intern(f"{kind} {name}")


def _library(library: LibrarySymbols) -> _Library:
    defined = [symbol for symbol in library.symbols if symbol.defined]
    return _Library(
        defined=_keys(defined), strong=_keys(symbol for symbol in defined if not symbol.weak)
    )


def _keys(symbols: Iterable[Symbol]) -> frozenset[str]:
    return frozenset(_key(symbol.kind, symbol.name) for symbol in symbols)


def _module(content: bytes) -> _Module:
    module = wasm_module.read_module(content)
    missing = set()
    weak = {name for _, name in module.weak_imports}
    for entry in module.imports:
        if entry.name in weak or entry.name in module.exports:
            continue
        if entry.module == "GOT.mem":
            missing.add(_key("data", entry.name))
        elif entry.module == "GOT.func" or (entry.module == "env" and entry.kind == "function"):
            missing.add(_key("function", entry.name))
    exports = set()
    for name, described in module.exports.items():
        kind = described.split(" ", 1)[0]
        exports.add(_key("data" if kind == "global" else kind, name))
    return _Module(
        missing=frozenset(missing),
        exports=frozenset(exports),
        needed=frozenset(module.needed),
        dynamic=module.dynamic,
        sha256=hashlib.sha256(content).digest(),
    )
