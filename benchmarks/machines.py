"""Describes this machine, and keeps the table of machines in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
import string
import subprocess
from datetime import date
from pathlib import Path

BEGIN, END = "<!-- machines: begin -->", "<!-- machines: end -->"
_ROW = re.compile(r"^\| ([A-Z]) \| (.+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def describe() -> str:
    """The cells of this machine: processor, vector units, cores, memory, Chromium and Node."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    flags = re.search(r"^flags\s*: (.*)$", cpuinfo, re.MULTILINE)
    vectors = set(flags[1].split() if flags else []) & {"avx", "avx2", "avx512f"}
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cells = [
        f"{model[1]}, {platform.machine()}" if model else platform.machine(),
        ", ".join(sorted(vectors)) or "–",
        str(os.cpu_count()),
        f"{memory:.0f} GiB",
        version("chromium"),
        version("node"),
    ]
    return " | ".join(cells)


def register(document: str, machine: str, day: date) -> tuple[str, str]:
    """Note a run of a machine in the table of machines.

    Args:
        document: the text of docs/benchmarks.md
        machine: the cells that identify the machine, as `describe` returns them
        day: the day of the run

    Returns:
        The document, with a new row or with new dates in the row of the same machine, and the
        letter of the row.

    Raises:
        SystemExit: the document has no table of machines.
    """
    head, found, rest = document.partition(BEGIN)
    table, closed, tail = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"docs/benchmarks.md has no table of machines: add {BEGIN} and {END}.")
    rows = _ROW.findall(table)
    for letter, known, first, last in rows:
        if known == machine:
            old = f"| {letter} | {known} | {first} | {last} |"
            new = f"| {letter} | {known} | {first} | {show(day)} |"
            return f"{head}{BEGIN}{table.replace(old, new)}{END}{tail}", letter
    letter = string.ascii_uppercase[len(rows)]
    row = f"| {letter} | {machine} | {show(day)} | {show(day)} |"
    return f"{head}{BEGIN}\n{table.strip()}\n{row}\n{END}{tail}", letter


def show(day: date) -> str:
    """A date as the document shows it: 9 November 2026."""
    return f"{day.day} {day:%B %Y}"


def version(program: str | Path) -> str:
    """The version that a program prints, such as 20.20.2."""
    output = subprocess.run(
        [program, "--version"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"\d[\d.]*", output)
    return found[0] if found else output.strip()
