"""What does a WebAssembly file import, export and define?

This module reads the parts of a module or an object file that a linker sees, and skips code and
data. Sources: the binary format of the WebAssembly core specification
(https://webassembly.github.io/spec/core/binary/modules.html), and Linking.md and DynamicLinking.md
of https://github.com/WebAssembly/tool-conventions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The first bytes of a core module, with the version of the format.
MAGIC = b"\0asm\1\0\0\0"

_CUSTOM, _TYPE, _IMPORT, _FUNCTION, _TABLE, _MEMORY, _GLOBAL, _EXPORT = range(8)
_TAG = 13
_KINDS = ("function", "table", "memory", "global", "tag")

_LINKING_VERSION = 2
_SYMBOL_TABLE = 8
_SYMBOL_KINDS = ("function", "data", "global", "section", "tag", "table")
_SHARED = 0x02  # in limits
_WEAK, _LOCAL, _UNDEFINED, _EXPLICIT_NAME = 0x01, 0x02, 0x10, 0x40

_NEEDED, _EXPORT_INFO, _IMPORT_INFO, _RUNTIME_PATH = 2, 3, 4, 5


class WasmError(ValueError):
    """Bytes are not a sound WebAssembly module; the message does not name the file."""


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """A symbol of external linkage in an object file.

    Attributes:
        name: as the linker sees the name.
        kind: ``function``, ``data``, ``global``, ``tag`` or ``table``.
        type: the signature of a function or tag, the type of a global or table, empty for data.
        weak: whether the binding is weak.
        defined: whether the object file defines the symbol, rather than only uses it.
    """

    name: str
    kind: str
    type: str
    weak: bool
    defined: bool


@dataclass(frozen=True, kw_only=True)
class Import:
    """An import: kind and type as in ``Symbol``, and the name of the module beside the own name.

    The type of a memory is ``_Reader.limits``.
    """

    module: str
    name: str
    kind: str
    type: str

    @property
    def shared(self) -> bool:
        """Whether the import is a memory that threads share."""
        return self.kind == "memory" and bool(int(self.type) & _SHARED)


@dataclass(frozen=True, kw_only=True)
class WasmModule:
    """The parts of a WebAssembly file that a linker sees.

    Attributes:
        exports: name -> kind and type, such as ``function 7f7f:7f``. The types are those of the
            binary format in hexadecimal, parameters before the colon. Sizes of memories and tables
            are left out: they depend on the code.
        imports: all imports, in the order of the file.
        dynamic: whether there is a section ``dylink.0``: a side module, or a main module.
        needed: the shared libraries that the module needs, in the order of the link.
        runtime_paths: where the dynamic linker looks for these libraries.
        export_flags: exported name -> symbol flags in ``dylink.0``, for those that have flags.
        weak_imports: the imports, as module and name, that only weak references need.
        symbols: the symbols of external linkage, if the file is an object file, otherwise None.
        features: the content of the section ``target_features``.
    """

    exports: Mapping[str, str]
    imports: tuple[Import, ...]
    dynamic: bool
    needed: tuple[str, ...]
    runtime_paths: tuple[str, ...]
    export_flags: Mapping[str, int]
    weak_imports: frozenset[tuple[str, str]]
    symbols: tuple[Symbol, ...] | None
    features: bytes


def read_module(data: bytes) -> WasmModule:
    """Read a WebAssembly module or object file.

    Raises:
        WasmError: the bytes are damaged, or use a type that this module does not know.
    """
    if not data.startswith(MAGIC):
        raise WasmError("it does not start as a WebAssembly module of version 1")
    parser = _Parser()
    reader = _Reader(data, len(MAGIC), len(data))
    try:
        while not reader.at_end():
            section = reader.byte()
            parser.section(section, reader.part(reader.number()))
        return parser.module()
    except IndexError as error:
        raise WasmError("an index in it has no target") from error
    except UnicodeDecodeError as error:
        raise WasmError("a name in it is not UTF-8") from error


class _Reader:
    """Reads the values of a part of a file; an end before its time is a ``WasmError``."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data, self.at, self.end = data, start, end

    def at_end(self) -> bool:
        return self.at >= self.end

    def skip(self, size: int) -> int:
        """Move on by ``size`` bytes; returns the position before."""
        start, self.at = self.at, self.at + size
        if self.at > self.end:
            raise WasmError("it is cut short")
        return start

    def byte(self) -> int:
        return self.data[self.skip(1)]

    def number(self) -> int:
        """An integer in LEB128, taken as unsigned; at most 64 bits."""
        byte = self.byte()
        result = byte & 0x7F
        shift = 7
        while byte & 0x80:
            if shift > 63:
                raise WasmError("a number in it is longer than 64 bits")
            byte = self.byte()
            result |= (byte & 0x7F) << shift
            shift += 7
        return result

    def name(self) -> str:
        size = self.number()
        start = self.skip(size)
        return self.data[start : self.at].decode()

    def names(self) -> tuple[str, ...]:
        return tuple(self.name() for _ in range(self.number()))

    def part(self, size: int) -> _Reader:
        start = self.skip(size)
        return _Reader(self.data, start, self.at)

    def rest(self) -> bytes:
        return self.data[self.skip(self.end - self.at) : self.end]

    def value_type(self) -> str:
        """A value type or reference type, as the hexadecimal form of its bytes."""
        start = self.at
        code = self.byte()
        if code in {0x63, 0x64}:  # a reference with its heap type
            self.number()
        elif not (0x7B <= code <= 0x7F or 0x69 <= code <= 0x74):
            raise WasmError(f"it has the unknown type 0x{code:02x}")
        return self.data[start : self.at].hex()

    def value_types(self) -> str:
        return "".join(self.value_type() for _ in range(self.number()))

    def limits(self) -> str:
        """The limits of a memory or table, without the sizes."""
        flags = self.byte()
        if flags > 0x0F:
            raise WasmError(f"it has limits of the unknown kind 0x{flags:02x}")
        for _ in range(1 + (flags & 1) + (flags >> 3)):
            self.number()
        return f"{flags & 0x06}"  # shared, 64-bit addresses

    def expression(self) -> None:
        """Skip a constant expression."""
        while (code := self.byte()) != 0x0B:
            if code in {0x23, 0x41, 0x42, 0xD0, 0xD2}:
                self.number()
            elif code in {0x43, 0x44}:
                self.skip(4 if code == 0x43 else 8)
            elif code == 0xFD and self.number() == 0x0C:
                self.skip(16)
            elif code not in {0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E}:
                raise WasmError(f"it has the unknown constant instruction 0x{code:02x}")


@dataclass
class _Parser:
    """Collects what the sections of one file say.

    Attributes:
        types: signatures by type index.
        spaces: kind -> the types of the index space, imports first.
        imported: kind -> names of the imports, which start the index space.
        exported: name, kind, index; the types of the index may come later.
    """

    types: list[str] = field(default_factory=list)
    spaces: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    imported: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    imports: list[Import] = field(default_factory=list)
    exported: list[tuple[str, str, int]] = field(default_factory=list)
    dynamic: bool = False
    needed: tuple[str, ...] = ()
    runtime_paths: tuple[str, ...] = ()
    export_flags: dict[str, int] = field(default_factory=dict)
    weak_imports: set[tuple[str, str]] = field(default_factory=set)
    symbols: list[Symbol] | None = None
    features: bytes = b""

    def module(self) -> WasmModule:
        return WasmModule(
            exports={name: f"{kind} {self.spaces[kind][at]}" for name, kind, at in self.exported},
            imports=tuple(self.imports),
            dynamic=self.dynamic,
            needed=self.needed,
            runtime_paths=self.runtime_paths,
            export_flags=self.export_flags,
            weak_imports=frozenset(self.weak_imports),
            symbols=None if self.symbols is None else tuple(self.symbols),
            features=self.features,
        )

    def section(self, section: int, reader: _Reader) -> None:
        if section == _CUSTOM:
            self._custom(reader)
        elif section == _TYPE:
            for _ in range(reader.number()):
                self.types.append(self._signature(reader))
        elif section == _IMPORT:
            for _ in range(reader.number()):
                self._import(reader)
        elif section in {_FUNCTION, _TABLE, _MEMORY, _GLOBAL, _TAG}:
            kind = "tag" if section == _TAG else _KINDS[section - _FUNCTION]
            for _ in range(reader.number()):
                self.spaces[kind].append(self._definition(kind, reader))
        elif section == _EXPORT:
            for _ in range(reader.number()):
                name, kind = reader.name(), self._kind(reader)
                self.exported.append((name, kind, reader.number()))
        elif section > _TAG:
            raise WasmError(f"it has the unknown section {section}")

    @staticmethod
    def _signature(reader: _Reader) -> str:
        form = reader.byte()
        if form != 0x60:
            raise WasmError(f"it has a type of the unknown form 0x{form:02x}")
        return f"{reader.value_types()}:{reader.value_types()}"

    @staticmethod
    def _kind(reader: _Reader) -> str:
        kind = reader.byte()
        if kind >= len(_KINDS):
            raise WasmError(f"it imports or exports the unknown kind 0x{kind:02x}")
        return _KINDS[kind]

    def _import(self, reader: _Reader) -> None:
        module, name, kind = reader.name(), reader.name(), self._kind(reader)
        type_ = self._type(kind, reader)
        self.spaces[kind].append(type_)
        self.imported[kind].append(name)
        self.imports.append(Import(module=module, name=name, kind=kind, type=type_))

    def _type(self, kind: str, reader: _Reader) -> str:
        """The type in an import or in a definition."""
        if kind == "function":
            return self.types[reader.number()]
        if kind == "table":
            return f"{reader.value_type()} {reader.limits()}"
        if kind == "memory":
            return reader.limits()
        if kind == "global":
            return f"{reader.value_type()} {reader.byte()}"
        reader.byte()  # the attribute of a tag: an exception
        return self.types[reader.number()]

    def _definition(self, kind: str, reader: _Reader) -> str:
        with_value = kind == "table" and reader.data[reader.at : reader.at + 2] == b"\x40\0"
        if with_value:
            reader.skip(2)
        result = self._type(kind, reader)
        if with_value or kind == "global":
            reader.expression()
        return result

    def _custom(self, reader: _Reader) -> None:
        name = reader.name()
        if name == "dylink.0":
            self._dylink(reader)
        elif name == "linking":
            self._linking(reader)
        elif name == "target_features":
            self.features = reader.rest()

    def _dylink(self, reader: _Reader) -> None:
        self.dynamic = True
        while not reader.at_end():
            kind = reader.byte()
            part = reader.part(reader.number())
            if kind == _NEEDED:
                self.needed = part.names()
            elif kind == _RUNTIME_PATH:
                self.runtime_paths = part.names()
            elif kind == _EXPORT_INFO:
                for _ in range(part.number()):
                    name = part.name()
                    self.export_flags[name] = part.number()
            elif kind == _IMPORT_INFO:
                for _ in range(part.number()):
                    module, name, flags = part.name(), part.name(), part.number()
                    if flags & _WEAK:
                        self.weak_imports.add((module, name))

    def _linking(self, reader: _Reader) -> None:
        version = reader.number()
        if version != _LINKING_VERSION:
            raise WasmError(f"its linking section has the unknown version {version}")
        self.symbols = self.symbols or []
        while not reader.at_end():
            kind = reader.byte()
            part = reader.part(reader.number())
            if kind == _SYMBOL_TABLE:
                for _ in range(part.number()):
                    self._symbol(part)

    def _symbol(self, reader: _Reader) -> None:
        code, flags = reader.byte(), reader.number()
        if code >= len(_SYMBOL_KINDS):
            raise WasmError(f"it has a symbol of the unknown kind 0x{code:02x}")
        kind = _SYMBOL_KINDS[code]
        defined = not flags & _UNDEFINED
        if kind == "section":
            reader.number()
            return
        signature = ""
        if kind == "data":
            name = reader.name()
            if defined:
                for _ in range(3):  # segment, offset, size
                    reader.number()
        else:
            index = reader.number()
            signature = self.spaces[kind][index]
            named = defined or flags & _EXPLICIT_NAME
            name = reader.name() if named else self.imported[kind][index]
        if not flags & _LOCAL:
            assert self.symbols is not None
            weak = bool(flags & _WEAK)
            symbol = Symbol(name=name, kind=kind, type=signature, weak=weak, defined=defined)
            self.symbols.append(symbol)
