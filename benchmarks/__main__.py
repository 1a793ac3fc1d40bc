"""Measures parts of the project and writes the tables to docs/benchmarks.md.

A part is a module of benchmarks/parts with a function `measure`, which returns Markdown tables.
"""

from __future__ import annotations

import argparse
import ast
import importlib
from pathlib import Path

from benchmarks import report

PARTS = {path.stem: path for path in sorted((Path(__file__).parent / "parts").glob("*.py"))}


def main(arguments: list[str] | None = None) -> None:
    """Measure the named parts, or all parts, in order, and write each table when it is complete.

    Raises:
        SystemExit: the arguments name an unknown part, or docs/benchmarks.md has no place for one.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures parts, or all parts, and writes the tables to docs/benchmarks.md.",
        epilog="parts:\n" + "\n".join(f"  {name:12} {_purpose(name)}" for name in PARTS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="*", help="a part of the list below; default: all parts")
    names = parser.parse_args(arguments).part
    if unknown := sorted(set(names) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    for name in names or PARTS:
        part = importlib.import_module(f"benchmarks.parts.{name}")
        repeats = getattr(part, "REPEATS", report.MEDIANS)
        conditions = report.conditions(repeats) if repeats else ""
        tables = part.measure()
        print(f"## {name}\n\n{tables}\n\n{conditions}\n", flush=True)
        report.write(name, tables, conditions)


def _purpose(name: str) -> str:
    """The first line of a part's docstring, without importing what the part needs."""
    return (ast.get_docstring(ast.parse(PARTS[name].read_text())) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
