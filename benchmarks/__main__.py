"""Which figures are measured? All, or the parts that are named: `python -m benchmarks [part ...]`.

Each part is a module of this folder with a function `measure`, whose tables take the place of the
last ones in docs/benchmarks.md.
"""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks import report

PARTS = (
    "start",
    "bridge",
    "kernels",
    "numerics",
    "loading",
    "wheels",
    "extract",
    "lz4",
    "solve",
    "wire",
    "packages",
    "builds",
    "index",
)


def main(names: list[str]) -> None:
    """Measure the parts of these names, or all, and put their tables into the documentation."""
    unknown = set(names) - set(PARTS)
    if unknown:
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
    for name in names or PARTS:
        conditions = report.machine()
        text = f"{import_module(f'benchmarks.{name}').measure()}\n\n{conditions}"
        print(f"## {name}\n\n{text}\n", flush=True)
        report.write(name, text)


if __name__ == "__main__":
    main(sys.argv[1:])
