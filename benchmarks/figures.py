"""Reads figures from the Markdown tables of the parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Units of times and sizes, in milliseconds and in bytes. Less of them is better.
_UNITS = {"µs": 0.001, "ms": 1, "s": 1000, "min": 60_000, "kB": 1e3, "MB": 1e6}
_FIGURE = re.compile(r"\**(-?[\d,]+(?:\.\d+)?)(?: ([a-zµA-Z]+))?\**")
_MACHINE = re.compile(r"^`python -m benchmarks \w+`: ([A-Z]), ", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number of a table.

    Attributes:
        row: the first cell of its row.
        column: the cell of the head above it. A cell that the head repeats has the cell before its
            repetitions in its name: `ratio after ours, Node`.
        title: the first cell of the head.
        text: as the table shows it, such as `12.5 MB`.
        value: in milliseconds or bytes if it has a unit.
        has_unit: whether it is a time or a size.
    """

    row: str
    column: str
    title: str
    text: str
    value: float
    has_unit: bool


def figures(tables: str) -> Iterator[Figure]:
    """The numbers in Markdown tables, in order. Cells with other text are left out."""
    head: list[str] | None = None
    for line in tables.splitlines():
        if not line.startswith("|"):
            head = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if head is None:
            head = _distinct(cells)
            continue
        for column, text in zip(head[1:], cells[1:], strict=False):
            if found := _FIGURE.fullmatch(text):
                number, unit = found.groups()
                if unit and unit not in _UNITS:
                    continue
                value = float(number.replace(",", "")) * _UNITS.get(unit, 1)
                yield Figure(
                    row=cells[0],
                    column=column,
                    title=head[0],
                    text=text.strip("*"),
                    value=value,
                    has_unit=unit is not None,
                )


def _distinct(head: list[str]) -> list[str]:
    names, last = [], ""
    for cell in head:
        if head.count(cell) == 1:
            last = cell
            names.append(cell)
        else:
            names.append(f"{cell} after {last}")
    return names


def tables_of(part: str, document: str) -> tuple[str, str | None]:
    """The tables of a part in docs/benchmarks.md, and the letter of their machine.

    Returns:
        The letter is None if the tables are not of a run on one machine, or if there are none.
    """
    begin, end = (f"<!-- make bench {part}: {edge} -->" for edge in ("begin", "end"))
    section = document.partition(begin)[2].partition(end)[0]
    machine = _MACHINE.search(section)
    return section, machine and machine[1]
