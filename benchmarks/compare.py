"""Compares docs/benchmarks.md with its last commit: what became worse on the same machine?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from benchmarks import report
from benchmarks.figures import Figure, figures, tables_of
from benchmarks.measure import ROOT

#: A time or a size that is larger by this share is worse.
TOLERANCE = 0.1


def compare(parts: Iterable[str]) -> int:
    """Print what became worse by more than a tenth, for each part with new figures.

    Only times and sizes of our side are compared, and only with figures of the same machine.

    Returns:
        The number of figures that became worse.
    """
    new, old = report.REPORT.read_text(), _committed()
    worse = 0
    for part in parts:
        (tables, machine), (old_tables, old_machine) = tables_of(part, new), tables_of(part, old)
        if tables == old_tables or not machine:
            continue
        if machine != old_machine:
            print(f"{part}: measured on {machine}; the committed figures are of {old_machine}")
            continue
        lines = list(_worse(tables, old_tables))
        print(f"{part}: {len(lines) or 'nothing'} worse by more than {TOLERANCE:.0%}")
        for line in lines:
            print(f"  {line}")
        worse += len(lines)
    return worse


def _worse(tables: str, old_tables: str) -> Iterable[str]:
    before = {_place(figure): figure for figure in figures(old_tables) if _is_ours(figure)}
    for figure in figures(tables):
        old = before.get(_place(figure))
        if old and old.has_unit and figure.value > old.value + TOLERANCE * abs(old.value):
            yield f"{figure.row}, {figure.column}: {figure.text}, before {old.text}"


def _place(figure: Figure) -> tuple[str, str, str]:
    return figure.title, figure.row, figure.column


def _is_ours(figure: Figure) -> bool:
    return not figure.column.startswith(("Pyodide ", "mambajs", "native"))


def _committed() -> str:
    path = report.REPORT.relative_to(ROOT).as_posix()
    command = ["git", "-C", str(ROOT), "show", f"HEAD:{path}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
