"""Measures parts of the project and writes the tables to docs/benchmarks.md.

A part is a module of benchmarks/parts with a function `measure`, which returns Markdown tables.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
from pathlib import Path

from benchmarks import report, targets
from benchmarks.compare import compare

PARTS = {path.stem: path for path in sorted((Path(__file__).parent / "parts").glob("*.py"))}


def main(arguments: list[str] | None = None) -> None:
    """Measure the named parts, or all parts, in order, and write each table when it is complete.

    Raises:
        SystemExit: the arguments name an unknown part or no row, a part cannot measure rows alone,
            or docs/benchmarks.md has no place for a part.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures parts, or all parts, and writes the tables to docs/benchmarks.md.",
        epilog="`compare [part ...]` measures nothing. It prints what is worse by more than 10 %\n"
        "than in the last commit of docs/benchmarks.md, on the same machine, and exits with 1.\n\n"
        "parts:\n" + "\n".join(f"  {name:12} {_purpose(name)}" for name in PARTS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="*", help="a part of the list below; default: all parts")
    parser.add_argument(
        "--only",
        metavar="TEXT",
        help="measure only the rows whose first cell has this text, and write nothing",
    )
    given = parser.parse_args(arguments)
    names: list[str] = given.part
    comparing = names[:1] == ["compare"]
    if comparing:
        del names[0]
    if unknown := sorted(set(names) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    if comparing:
        raise SystemExit(1 if compare(names or PARTS) else 0)
    for name in names or PARTS:
        part = importlib.import_module(f"benchmarks.parts.{name}")
        repeats = getattr(part, "REPEATS", report.MEDIANS)
        conditions = report.conditions(repeats) if repeats else ""
        if given.only is not None:
            if "only" not in inspect.signature(part.measure).parameters:
                parser.error(f"the part {name} has no rows that can be measured alone")
            try:
                tables = part.measure(only=given.only)
            except ValueError as error:
                parser.error(str(error))
            print(f"{tables}\n\n{conditions}", flush=True)
            continue
        tables = part.measure()
        report.write(name, tables, conditions)
        print(
            f"## {name}\n\n{tables}\n\n{conditions}\n\n{targets.judge(name, tables)}\n", flush=True
        )


def _purpose(name: str) -> str:
    """The first line of a part's docstring, without importing what the part needs."""
    return (ast.get_docstring(ast.parse(PARTS[name].read_text())) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
