"""Do side modules call the functions of shared libraries by their own types?

``wasm-signatures --library lib/libopenblas.so site-packages/scipy`` compares the type of every
function that the side modules import with that of the function which the libraries export under
the same name. WebAssembly traps on a call where the two differ ("null function or function
signature mismatch"), and nothing says so before.

What a module takes the address of (its imports from ``GOT.func``) has no type there, so that it
cannot be compared.

The binary format: https://webassembly.github.io/spec/core/binary/modules.html
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"\0asm\1\0\0\0"
_TYPE, _IMPORT, _FUNCTION, _EXPORT = 1, 2, 3, 7
_KIND_FUNCTION, _KIND_TABLE, _KIND_MEMORY, _KIND_GLOBAL, _KIND_TAG = range(5)
_NAMES = {
    0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128",
    0x70: "funcref", 0x6F: "externref", 0x69: "exnref",
}  # fmt: skip


class FormatError(Exception):
    """A file is no WebAssembly module that this program can read."""


@dataclass(frozen=True)
class Signature:
    """The type of a function: names of its parameters' types and of its results'."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        return f"({', '.join(self.parameters)}) -> ({', '.join(self.results)})"


@dataclass(frozen=True)
class Module:
    """What a module imports from ``env``, and what it exports: functions by their names."""

    path: Path
    imports: dict[str, Signature]
    exports: dict[str, Signature]


@dataclass(frozen=True)
class Mismatch:
    """A function of two types."""

    name: str
    user: Path
    imported: Signature
    library: Path
    exported: Signature

    def __str__(self) -> str:
        return (
            f"{self.user} imports {self.name} as {self.imported}, "
            f"but {self.library} exports it as {self.exported}"
        )


class _Reader:
    """Reads numbers and names of a module from a position on."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        """An unsigned integer in LEB128."""
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return result

    def name(self) -> str:
        length = self.number()
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def value_types(self) -> tuple[str, ...]:
        return tuple(_NAMES[self.byte()] for _ in range(self.number()))

    def limits(self) -> None:
        flags = self.byte()
        self.number()
        if flags & 1:
            self.number()


def read(path: Path) -> Module:
    """Read the types of a module's functions.

    Raises:
        FormatError: it is no module, is damaged, or uses what this program does not know.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    if data[: len(_MAGIC)] != _MAGIC:
        raise FormatError(f"{path} is no WebAssembly module")
    types: list[Signature] = []
    imported: list[int] = []  # type numbers of the imported functions
    imports: dict[str, Signature] = {}
    defined: list[int] = []
    exported: dict[str, int] = {}
    try:
        reader = _Reader(data, len(_MAGIC))
        while reader.at < len(data):
            section, size = reader.byte(), reader.number()
            end = reader.at + size
            if end > len(data):
                raise FormatError(f"{path} is cut short")
            if section == _TYPE:
                for _ in range(reader.number()):
                    if reader.byte() != 0x60:
                        raise FormatError(f"{path} has a type that is no function's")
                    types.append(Signature(reader.value_types(), reader.value_types()))
            elif section == _IMPORT:
                for _ in range(reader.number()):
                    module, name, kind = reader.name(), reader.name(), reader.byte()
                    if kind == _KIND_FUNCTION:
                        imported.append(reader.number())
                        if module == "env":
                            imports[name] = types[imported[-1]]
                    elif kind == _KIND_TABLE:
                        reader.byte()
                        reader.limits()
                    elif kind == _KIND_MEMORY:
                        reader.limits()
                    elif kind in (_KIND_GLOBAL, _KIND_TAG):
                        reader.byte()
                        reader.number()
                    else:
                        raise FormatError(f"{path} imports {name}, which is of kind {kind}")
            elif section == _FUNCTION:
                defined = [reader.number() for _ in range(reader.number())]
            elif section == _EXPORT:
                for _ in range(reader.number()):
                    name, kind, index = reader.name(), reader.byte(), reader.number()
                    if kind == _KIND_FUNCTION:
                        exported[name] = index
            reader.at = end
        of_functions = imported + defined
        exports = {name: types[of_functions[index]] for name, index in exported.items()}
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is damaged: {error!r}") from error
    return Module(path, imports, exports)


def compare(user: Module, libraries: Iterable[Module]) -> tuple[int, list[Mismatch]]:
    """Compare a module's imports with the exports of libraries, of which the first one counts.

    What the module exports itself is its own, whatever the libraries have.

    Returns:
        How many functions were compared, and those of two types.
    """
    compared, found = 0, []
    wanted = {name: type_ for name, type_ in user.imports.items() if name not in user.exports}
    for library in libraries:
        for name in wanted.keys() & library.exports.keys():
            compared += 1
            imported, exported = wanted.pop(name), library.exports[name]
            if imported != exported:
                found.append(Mismatch(name, user.path, imported, library.path, exported))
    return compared, sorted(found, key=lambda mismatch: mismatch.name)


def side_modules(paths: Iterable[Path]) -> list[Path]:
    """The files among ``paths``, and the ``.so`` files in the folders among them."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.so")) if path.is_dir() else [path]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command ``wasm-signatures``; returns its exit code."""
    parser = argparse.ArgumentParser(prog="wasm-signatures", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--library", type=Path, action="append", required=True, help="a shared library"
    )
    parser.add_argument("user", type=Path, nargs="+", help="a side module, or a folder of them")
    options = parser.parse_args(arguments)
    try:
        libraries = [read(path) for path in options.library]
        users = [read(path) for path in side_modules(options.user)]
    except (FormatError, OSError) as error:
        print(f"wasm-signatures: {error}", file=sys.stderr)
        return 2
    counts = [compare(user, libraries) for user in users]
    compared = sum(count for count, _ in counts)
    mismatches = [mismatch for _, found in counts for mismatch in found]
    for mismatch in mismatches:
        print(f"wasm-signatures: {mismatch}", file=sys.stderr)
    if compared == 0:
        names = ", ".join(map(str, options.library))
        print(f"wasm-signatures: nothing imports a function of {names}", file=sys.stderr)
        return 2
    using = sum(1 for count, _ in counts if count)
    print(f"{compared} imports of {using} side modules compared, {len(mismatches)} mismatches")
    return 1 if mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
