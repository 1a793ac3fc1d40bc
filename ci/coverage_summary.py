"""Which code do the tests not run?

This module is the last step of ``make test``. It reads the JSON reports of coverage.py and vitest
in build/coverage/. It prints the coverage of Python and of TypeScript, and the ten files with the
lowest coverage.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "coverage"
SHOWN = 10


@dataclass(frozen=True)
class FileCoverage:
    """The number of a file's statements, and how many of them ran at least once."""

    name: str
    covered: int
    statements: int

    @property
    def percent(self) -> float:
        """The share of statements that ran, in percent; 100 without statements."""
        return 100 * self.covered / self.statements if self.statements else 100.0


def read_python(report: Path) -> list[FileCoverage]:
    """Read the report of ``coverage json``."""
    files = json.loads(report.read_text())["files"]
    return [
        FileCoverage(name, file["summary"]["covered_lines"], file["summary"]["num_statements"])
        for name, file in files.items()
    ]


def read_typescript(report: Path, root: Path) -> list[FileCoverage]:
    """Read the report of vitest's reporter ``json-summary``; names become relative to ``root``."""
    files = json.loads(report.read_text())
    del files["total"]
    return [
        FileCoverage(
            Path(name).relative_to(root).as_posix(),
            file["statements"]["covered"],
            file["statements"]["total"],
        )
        for name, file in files.items()
    ]


def summary(title: str, files: list[FileCoverage], shown: int = SHOWN) -> str:
    """The total, and the ``shown`` files with the lowest coverage, the lowest first."""
    total = FileCoverage("", sum(f.covered for f in files), sum(f.statements for f in files))
    lowest = sorted(files, key=lambda file: (file.percent, file.name))[:shown]
    head = f"{title}: {total.percent:.0f} % of {total.statements} statements in {len(files)} files"
    rows = [
        f"  {file.percent:3.0f} %  {file.statements - file.covered:4d} not run  {file.name}"
        for file in lowest
        if file.covered < file.statements
    ]
    return "\n".join([head, *rows])


def main() -> int:
    """Print both summaries."""
    python = read_python(REPORTS / "python.json")
    typescript = read_typescript(REPORTS / "typescript" / "coverage-summary.json", ROOT)
    print(summary("Coverage of conda_emscripten, in the processes of pytest", python))
    print(summary("Coverage of loader/src and runtime/js, under Node by vitest", typescript))
    return 0


if __name__ == "__main__":
    sys.exit(main())
