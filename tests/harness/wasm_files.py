"""How does a test make small WebAssembly files and static libraries without a compiler?

The encodings are those of the WebAssembly core specification, and of Linking.md and
DynamicLinking.md of https://github.com/WebAssembly/tool-conventions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

MAGIC = b"\0asm\1\0\0\0"

#: Encoded signatures: ``() -> ()`` and ``(i32) -> i32``.
NO_ARGUMENTS = b"\x60\0\0"
INT_TO_INT = b"\x60\1\x7f\1\x7f"

WEAK, LOCAL, HIDDEN, UNDEFINED = 1, 2, 4, 0x10


def number(value: int) -> bytes:
    """An unsigned integer in LEB128."""
    encoded = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        encoded.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(encoded)


def name(text: str) -> bytes:
    return number(len(text.encode())) + text.encode()


def vector(items: Iterable[bytes]) -> bytes:
    items = list(items)
    return number(len(items)) + b"".join(items)


def section(code: int, content: bytes) -> bytes:
    return bytes([code]) + number(len(content)) + content


def custom(title: str, content: bytes) -> bytes:
    return section(0, name(title) + content)


def dylink(
    needed: Sequence[str] = (), weak_imports: Sequence[tuple[str, str]] = (), memory: int = 0
) -> bytes:
    """A section ``dylink.0``; ``memory`` is the size of the data in bytes."""
    content = section(1, number(memory) + b"\0\0\0") + section(2, vector(map(name, needed)))
    if weak_imports:
        entries = (name(module) + name(field) + number(WEAK) for module, field in weak_imports)
        content += section(4, vector(entries))
    return custom("dylink.0", content)


def side_module(
    imports: Sequence[tuple[str, str]] = (),
    exports: Mapping[str, bytes] | None = None,
    *,
    needed: Sequence[str] = (),
    weak_imports: Sequence[tuple[str, str]] = (),
    variables: Sequence[str] = (),
    code: bytes = b"\0\x0b",
    dynamic: bool = True,
) -> bytes:
    """A linked module.

    Args:
        imports: as module and name; functions from ``env``, otherwise globals.
        exports: the exported functions, with their signatures.
        needed: the shared libraries.
        weak_imports: those of ``imports`` that only weak references need.
        variables: the exported globals.
        code: the body of each function.
        dynamic: whether the module has a section ``dylink.0``.
    """
    exports = exports or {}
    kinds = {"env": b"\0\0"}
    imported = [
        name(module) + name(field) + kinds.get(module, b"\3\x7f\1") for module, field in imports
    ]
    functions = sum(module == "env" for module, _ in imports)
    globals_ = len(imports) - functions
    exported = [name(key) + b"\0" + number(functions + at) for at, key in enumerate(exports)]
    exported += [name(key) + b"\3" + number(globals_ + at) for at, key in enumerate(variables)]
    return b"".join(
        [
            MAGIC,
            dylink(needed, weak_imports) if dynamic else b"",
            section(1, vector([NO_ARGUMENTS, *exports.values()])),
            section(2, vector(imported)),
            section(3, vector(number(1 + at) for at in range(len(exports)))),
            section(6, vector(b"\x7f\0\x41\0\x0b" for _ in variables)),
            section(7, vector(exported)),
            section(10, vector(number(len(code)) + code for _ in exports)),
        ]
    )


def object_file(
    functions: Mapping[str, int] | None = None,
    data: Mapping[str, int] | None = None,
    undefined: Sequence[str] = (),
    *,
    signature: bytes = NO_ARGUMENTS,
    code: bytes = b"\0\x0b",
    features: Sequence[str] = (),
) -> bytes:
    """An object file.

    Args:
        functions: the defined functions of the type ``signature``, with their symbol flags.
        data: variables of four bytes, with their symbol flags.
        undefined: the functions that the file uses.
        signature: of the defined functions.
        code: the body of each function.
        features: the names in ``target_features``.
    """
    functions, data = functions or {}, data or {}
    imported = [name("env") + name(field) + b"\0\0" for field in undefined]
    symbols = [b"\0" + number(UNDEFINED) + number(at) for at in range(len(undefined))]
    for at, (symbol, flags) in enumerate(functions.items()):
        symbols.append(b"\0" + number(flags) + number(len(undefined) + at) + name(symbol))
    for symbol, flags in data.items():
        place = b"" if flags & UNDEFINED else b"\0\0\4"  # segment, offset, size
        symbols.append(b"\1" + number(flags) + name(symbol) + place)
    return b"".join(
        [
            MAGIC,
            section(1, vector([NO_ARGUMENTS, signature])),
            section(2, vector(imported)),
            section(3, vector(b"\1" for _ in functions)),
            section(10, vector(number(len(code)) + code for _ in functions)),
            custom("linking", number(2) + section(8, vector(symbols))),
            custom("target_features", vector(b"+" + name(feature) for feature in features)),
        ]
    )


def archive(members: Mapping[str, bytes], *, time: int = 0, owner: int = 0) -> bytes:
    """A static library in GNU's format, with a table of symbols, which is empty here."""
    long_names, files = b"", b""
    for title, content in members.items():
        field = f"{title}/"
        if len(field) > 16:
            field = f"/{len(long_names)}"
            long_names += f"{title}/\n".encode()
        files += _member(field, content, time, owner)
    table = _member("//", long_names) if long_names else b""
    return b"!<arch>\n" + _member("/", bytes(4), time, owner) + table + files


def _member(title: str, content: bytes, time: int = 0, owner: int = 0) -> bytes:
    header = f"{title:<16}{time:<12}{owner:<6}{owner:<6}{'100644':<8}{len(content):<10}`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)
