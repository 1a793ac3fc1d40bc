"""Formats figures as Markdown tables and writes the tables to docs/benchmarks.md."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from benchmarks import machines
from benchmarks.measure import ROOT, RUNS, Sample
from benchmarks.peers import PYODIDE

REPORT = ROOT / "docs" / "benchmarks.md"
MEDIANS = f"medians of {RUNS} runs in turns"
"""How the figures of a part come about, if the part has no text `REPEATS` of its own."""

Row = tuple[str, str, Callable[[float], str]]
"""A label, the key of a sample, and the function that formats the value."""
Found = Mapping[str, Mapping[str, Sample]]
"""Engine, such as Chromium -> "ours" and "peer" -> sample."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. All columns but the first hold numbers and are right-aligned."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def both(title: str, rows: Iterable[Row], found: Found) -> str:
    """A table of our samples and the peer's samples, by engine."""
    head = [title]
    for engine in found:
        head += [f"ours, {engine}", f"Pyodide {PYODIDE}", "ratio"]
    shown = []
    for label, key, show in rows:
        cells = [label]
        for samples in found.values():
            cells += beside(samples["ours"][key], samples["peer"][key], show)
        shown.append(cells)
    return table(head, shown)


def means(found: Found) -> str:
    """A row for `both`: the geometric mean of the ratios of all values, by engine."""
    ratios = (
        statistics.geometric_mean(
            ours / samples["peer"][key] for key, ours in samples["ours"].items()
        )
        for samples in found.values()
    )
    return "| **geometric mean** " + "".join(f"| | | **{ratio:.2f}** " for ratio in ratios) + "|"


def beside(ours: float, peer: float, show: Callable[[float], str]) -> list[str]:
    """Three cells: our value, the peer's value and the ratio."""
    return [show(ours), show(peer), f"{ours / peer:.2f}"]


def conditions(repeats: str) -> str:
    """The conditions of a run that starts now; `repeats` says how the figures come about."""
    return f"{repeats}; load average {os.getloadavg()[0]:.1f} at the start."


def write(part: str, tables: str, conditions: str) -> None:
    """Replace the tables of a part in docs/benchmarks.md.

    The line below the tables names the command, and the letter of the machine, the day and the
    conditions. Tables without conditions are not of a run on this machine: the line names only the
    command.

    Raises:
        SystemExit: the document has no markers for the part, or no table of machines.
    """
    document, line = REPORT.read_text(), f"`python -m benchmarks {part}`"
    if conditions:
        letter_and_day, document = stamp(document)
        line += f": {letter_and_day}; {conditions}"
    before, _, after = _around(part, document)
    REPORT.write_text(f"{before}\n\n{tables}\n\n{line}\n\n{after}")


def with_row(document: str, part: str, row: str) -> str:
    """The document with one more row in the table of a part.

    Raises:
        SystemExit: the document has no markers for the part.
    """
    before, tables, after = _around(part, document)
    return f"{before}\n\n{tables.strip()}\n{row}\n\n{after}"


def stamp(document: str) -> tuple[str, str]:
    """Name this machine and this day, as in "A, 9 November 2026".

    Returns:
        The name, and the document with the run in its table of machines.
    """
    today = datetime.now(UTC).date()
    document, letter = machines.register(document, machines.describe(), today)
    return f"{letter}, {machines.show(today)}", document


def _around(part: str, document: str) -> tuple[str, str, str]:
    """The text up to the tables of a part, the tables, and the text after the tables."""
    begin, end = (f"<!-- make bench {part}: {edge} -->" for edge in ("begin", "end"))
    before, found, rest = document.partition(begin)
    tables, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{REPORT} has no place for {part}: add {begin} and {end}.")
    return before + begin, tables, end + after


def milliseconds(value: float) -> str:
    return f"{value:.0f} ms"


def short(milliseconds: float) -> str:
    return f"{milliseconds:.3g} ms"


def microseconds(value: float) -> str:
    return f"{value:.2f} µs"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.2f} MB"


def count(value: float) -> str:
    return f"{value:.0f}"
