"""Writes the tables of characters as C source: ``make_tables.py TABLES OUTPUT``.

The folder TABLES has a text file for each set of characters with codes of two bytes, and
``bytes.txt`` for the codes of one byte. A line of these files is a *run*: the first code
(hexadecimal) and the characters of this code and the following ones. In a run,

- ``.`` is a code without a character in this file,
- ``-`` is a code that the base has, but not this set,
- ``\\uXXXX`` and ``\\UXXXXXXXX`` are characters that an editor does not show,
- ``X=Y`` are all characters from X to Y.

``base NAME`` says that this set contains all other characters of another set. With ``shifted``,
the codes of the base are Shift_JIS's codes of its rows. ``encode`` lines have characters whose code
is not the first one with this character; code 0000 means that no code has the character. The file
``compositions`` has the pairs of a letter and a mark that CP1255, CP1258 and TCVN write for a
character.

The C source has each set as a zlib stream of three columns: the low, middle and high bytes of the
differences between successive characters.
"""

from __future__ import annotations

import re
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

NONE, REMOVED = 0, 1
TOKEN = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|(.)", re.DOTALL)


def read_run(text: str) -> list[int]:
    """The code points of a run; NONE for ``.`` and REMOVED for ``-``."""
    points: list[int] = []
    upto = False
    for short, long, plain in TOKEN.findall(text):
        if plain == "=":
            upto = True
            continue
        point = int(short or long, 16) if not plain else {".": NONE, "-": REMOVED}.get(plain)
        if point is None:
            point = ord(plain)
        if upto:
            points += range(points[-1] + 1, point)
        upto = False
        points.append(point)
    return points


@dataclass
class Set:
    """A set of characters whose codes have two bytes."""

    name: str
    base: str = ""
    shifted: bool = False
    cells: dict[int, int] = field(default_factory=dict)
    encode: list[tuple[int, int]] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        return "set_" + re.sub(r"\W", "_", self.name).lower()


def read_set(path: Path) -> Set:
    table = Set(path.stem)
    for line in path.read_text(encoding="utf-8").split("\n"):
        head, _, rest = line.partition(" ")
        if head == "base":
            table.base, _, shifted = rest.partition(" ")
            table.shifted = bool(shifted)
        elif head == "encode":
            code = int(rest[:4], 16)
            for index, point in enumerate(read_run(rest[5:])):
                if point != NONE:
                    table.encode.append((point, code and code + index))
        elif head:
            for index, point in enumerate(read_run(rest)):
                if point != NONE:
                    table.cells[int(head, 16) + index] = point
    return table


def all_codes(table: Set, sets: dict[str, Set]) -> set[int]:
    codes = {code for code, point in table.cells.items() if point != REMOVED}
    if table.shifted:
        codes |= {0x8140, 0xEFFC}
    elif table.base:
        inherited = all_codes(sets[table.base], sets)
        removed = {code for code, point in table.cells.items() if point == REMOVED}
        codes |= inherited - removed
    return codes


def geometry(table: Set, sets: dict[str, Set]) -> tuple[int, int, int, int]:
    """The first and last of each byte of the set's codes."""
    if table.name == "GB2312":  # of the base GBK, only these rows and columns
        return 0xA1, 0xFE, 0xA1, 0xFE
    if table.base == "GB2312":
        return 0xA1, 0xFE, 0xA1, 0xFE
    codes = all_codes(table, sets)
    leads, trails = {code >> 8 for code in codes}, {code & 255 for code in codes}
    return min(leads), max(leads), min(trails), max(trails)


def numbers(values: bytes) -> str:
    return re.sub(r"(.{1,116}),", r"\1,\n", ",".join(map(str, values)) + ",")


def set_source(table: Set, sets: dict[str, Set]) -> str:
    first, last, left, right = geometry(table, sets)
    columns = bytearray(), bytearray(), bytearray()
    previous = 0
    for lead in range(first, last + 1):
        for trail in range(left, right + 1):
            point = table.cells.get(lead << 8 | trail, NONE)
            difference = 0x40000 + point
            if point > REMOVED:
                difference = (point - previous) & 0x3FFFF
                previous = point
            for shift, column in enumerate(columns):
                column.append(difference >> 8 * shift & 255)
    stream = zlib.compress(b"".join(columns), 9)
    pairs = ",".join(f"{{0x{point:x},0x{code:x}}}" for point, code in table.encode)
    base = f"&{sets[table.base].symbol}" if table.base else "0"
    numbers_of_set = f"{first}, {last}, {left}, {right}, {base}, {int(table.shifted)}"
    name = table.symbol
    return f"""
static const unsigned char {name}_stream[] = {{
{numbers(stream)}}};
static const struct encode {name}_encode[] = {{{pairs or "{0, 0}"}}};
struct set {name} = {{{numbers_of_set}, {name}_stream, sizeof {name}_stream,
    {name}_encode, {len(table.encode)}, 0, {{0}}}};
"""


def bytes_source(path: Path) -> str:
    """Codes of one byte: of each table, the differences from ASCII."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, *runs = line.split(" ")
        points = [*range(128), *[NONE] * 128]
        for first, text in zip(runs[::2], runs[1::2], strict=True):
            for index, point in enumerate(read_run(text)):
                if point == REMOVED:
                    points[int(first, 16) + index] = 0xFFFF
                elif point != NONE:
                    points[int(first, 16) + index] = point
        changed = [
            index for index in range(1, 256) if points[index] != (index if index < 128 else 0)
        ]
        low = min(changed, default=256)
        symbol = re.sub(r"\W", "_", name).lower()
        values = ",".join(map(str, points[low:])) or "0"
        lines.append(f"static const unsigned short bytes_{symbol}_points[] = {{{values}}};")
        doubled = int(low > 127 and any(0 < point < 128 for point in points[low:]))
        lines.append(
            f"const struct bytes bytes_{symbol} = {{{low}, {doubled}, bytes_{symbol}_points}};"
        )
    return "\n".join(lines)


def compositions_source(path: Path) -> str:
    """Lines of a composed character, a letter or 0, and a mark (hexadecimal)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return ",\n".join("{0x" + ",0x".join(line.split()) + "}" for line in lines)


def main() -> None:
    folder, output = map(Path, sys.argv[1:])
    sets = {
        path.stem: read_set(path) for path in sorted(folder.glob("*.txt")) if path.stem != "bytes"
    }
    order = sorted(sets.values(), key=lambda table: (depth(table, sets), table.name))
    output.write_text(
        '#include "tables.h"\n'
        + "".join(set_source(table, sets) for table in order)
        + bytes_source(folder / "bytes.txt")
        + "\nconst struct composition compositions[] = {"
        + compositions_source(folder / "compositions")
        + ",\n{0, 0, 0}};\n",
        encoding="utf-8",
    )


def depth(table: Set, sets: dict[str, Set]) -> int:
    return 1 + depth(sets[table.base], sets) if table.base else 0


if __name__ == "__main__":
    main()
