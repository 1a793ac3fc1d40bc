"""Compares the figures of a part with the targets in targets.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, figures

FILE = Path(__file__).with_name("targets.toml")


@dataclass(frozen=True, kw_only=True)
class Target:
    """The most that a figure of a table may be.

    Attributes:
        row: the first cell of its row.
        column: the start of the name of its column (`figures.Figure`).
        table: the start of the first cell of the head; a part can have several tables.
        at_most: in milliseconds or bytes if the figure has a unit.
    """

    part: str
    row: str
    column: str
    table: str = ""
    at_most: float

    def fits(self, figure: Figure) -> bool:
        """Whether the target is that of a figure."""
        return (
            figure.row.strip("*") == self.row
            and figure.column.startswith(self.column)
            and figure.title.startswith(self.table)
        )


def read_targets(part: str | None = None) -> list[Target]:
    """The targets of a part, or of all parts."""
    content = tomllib.loads(FILE.read_text())
    targets = [Target(part=name, **fields) for name, listed in content.items() for fields in listed]
    return [target for target in targets if part in (None, target.part)]


def judge(part: str, tables: str) -> str:
    """A line for each target of a part: reached or missed.

    Raises:
        SystemExit: the tables have no figure, or several, for a target.
    """
    lines = []
    for target in read_targets(part):
        found = [figure for figure in figures(tables) if target.fits(figure)]
        if len(found) != 1:
            raise SystemExit(
                f"{FILE}: the tables of {part} have {len(found)} figures in the row "
                f"{target.row!r} and the column {target.column!r}. Correct the target."
            )
        verdict = "reached" if found[0].value <= target.at_most else "missed"
        where = " ".join(filter(None, (target.table, target.row)))
        at_most = _like(found[0], target.at_most)
        lines.append(f"{verdict}: {where}, {found[0].column}: {found[0].text}, at most {at_most}")
    return "\n".join(lines)


def _like(figure: Figure, value: float) -> str:
    """A value with the unit of a figure."""
    number, _, unit = figure.text.partition(" ")
    if not unit:
        return f"{value:g}"
    scale = figure.value / float(number.replace(",", "")) if figure.value else 1
    return f"{value / scale:g} {unit}"
