"""How do figures become the tables of docs/benchmarks.md?"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.measure import ROOT, RUNS, Sample
from benchmarks.peers import PYODIDE

REPORT = ROOT / "docs" / "benchmarks.md"

Row = tuple[str, str, Callable[[float], str]]
"""A label, the key of a sample, and how its value is shown."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns but the first are numbers."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def both(
    title: str, rows: Iterable[Row], browser: dict[str, Sample], node: dict[str, Sample]
) -> str:
    """Ours and the peer's samples of both platforms as a table."""
    head = [title, "ours, Chromium", f"Pyodide {PYODIDE}", "ratio"]
    head += ["ours, Node", f"Pyodide {PYODIDE}", "ratio"]
    shown = []
    for label, key, show in rows:
        cells = [label]
        for found in (browser, node):
            cells += beside(found["ours"][key], found["peer"][key], show)
        shown.append(cells)
    return table(head, shown)


def beside(ours: float, peer: float, show: Callable[[float], str]) -> list[str]:
    """Three cells: ours, the peer's and the ratio."""
    return [show(ours), show(peer), f"{ours / peer:.2f}"]


def machine() -> str:
    """What the figures depend on, without the machine's name."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    flags = set(re.findall(r"^flags\s*: (.*)$", cpuinfo, re.MULTILINE)[0].split())
    simd = [flag for flag in ("avx", "avx2", "avx512f") if flag in flags]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = [_version(tool) for tool in ("chromium", "node")]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {' '.join(simd)}), {memory:.0f} GiB of "
        f"memory; {versions[0]}; Node {versions[1]}; medians of {RUNS} runs in turns. Load average "
        f"when it began: {os.getloadavg()[0]:.1f}."
    )


def write(part: str, text: str) -> None:
    """Replace what stands between the markers of a part in docs/benchmarks.md."""
    begin, end = (f"<!-- make bench {part}: {edge} -->" for edge in ("begin", "end"))
    before, found, rest = REPORT.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{REPORT} has no place for {part}: put {begin} and {end} into it.")
    REPORT.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


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


def _version(tool: str) -> str:
    output = subprocess.run([tool, "--version"], check=True, capture_output=True, text=True).stdout
    return output.strip().removeprefix("v").partition(" built on")[0]
