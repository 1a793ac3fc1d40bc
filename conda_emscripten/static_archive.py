"""What is in a static library?

This module reads the members of an ``ar`` archive, in the variants of GNU and BSD. Source: the
manual of llvm-ar (https://llvm.org/docs/CommandGuide/llvm-ar.html), ``man 5 ar``.
"""

from __future__ import annotations

#: The first bytes of an archive; a thin archive, which has no content, starts otherwise.
MAGIC = b"!<arch>\n"

_HEADER_SIZE = 60
_HEADER_END = b"`\n"
#: Tables of symbols, which repeat the symbols of the members.
_SYMBOL_TABLES = {"/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64"}


class ArchiveError(ValueError):
    """Bytes are not a sound archive; the message does not name the file."""


def read_members(data: bytes) -> list[tuple[str, bytes]]:
    """The members of an archive, in order: name and content.

    Times, owners and modes of the members are left out, as are the tables of symbols and names.

    Raises:
        ArchiveError: the bytes are damaged.
    """
    if not data.startswith(MAGIC):
        raise ArchiveError("it does not start as an archive")
    members = []
    long_names = b""
    at = len(MAGIC)
    while at < len(data):
        header = data[at : at + _HEADER_SIZE]
        if len(header) < _HEADER_SIZE or not header.endswith(_HEADER_END):
            raise ArchiveError(f"the member at byte {at} has no sound header")
        start, size = at + _HEADER_SIZE, _number(header[48:58])
        content = data[start : start + size]
        if len(content) < size:
            raise ArchiveError("it is cut short")
        at = start + size + size % 2
        name = header[:16].decode("utf-8", "surrogateescape").rstrip(" ")
        if name == "//":
            long_names = content
            continue
        if name.startswith("#1/"):  # BSD: the name is before the content
            size = _number(header[3:16])
            name = content[:size].rstrip(b"\0").decode("utf-8", "surrogateescape")
            content = content[size:]
        elif name.startswith("/") and name[1:].isdecimal():  # GNU: the name is in the table
            name = _long_name(long_names, int(name[1:]))
        if name not in _SYMBOL_TABLES:
            members.append((name.removesuffix("/"), content))
    return members


def _number(text: bytes) -> int:
    if not text.strip().isdigit():
        raise ArchiveError(f"it has {text!r} in place of a number")
    return int(text)


def _long_name(table: bytes, start: int) -> str:
    end = table.find(b"\n", start)
    if start >= len(table) or end < 0:
        raise ArchiveError("the name of a member is missing")
    return table[start:end].decode("utf-8", "surrogateescape")
