"""The first script after the start, beside Pyodide, and beside the same script when warm."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import peers
from benchmarks.channel import CHANNEL, newest
from benchmarks.machines import version
from benchmarks.measure import (
    BENCH_DIR,
    BUILD_DIR,
    MEASUREMENT,
    ROOT,
    Sample,
    in_chromium,
    in_firefox,
    in_node,
    in_turns,
    served,
)
from benchmarks.report import beside, both, means, milliseconds, table
from conda_emscripten.bundle_format import read_bundle
from conda_emscripten.environment import build_tool
from conda_emscripten.project import Project
from tests.harness.firefox import COMMAND as FIREFOX

RUNS = 5
REPEATS = f"medians of {RUNS} runs in turns"
PACKAGE = "mpmath"
FOLDER = "/first_script"
"""Where the interpreters have the sources of the package."""

SCRIPTS = {
    "a loop, module level": """
total = 0
for i in range(3_000_000):
    total += i * i % 7
""",
    "a loop in a function": """
def sum_up(steps):
    total = 0
    for i in range(steps):
        total += i * i % 7
    return total

sum_up(3_000_000)
""",
    "classes": """
class Account:
    def __init__(self, owner):
        self.owner = owner
        self.amount = 0

    @property
    def is_empty(self):
        return self.amount == 0

    def pay_in(self, amount):
        self.amount += amount

class Savings(Account):
    def __init__(self, owner, rate):
        super().__init__(owner)
        self.rate = rate

    def pay_in(self, amount):
        super().pay_in(amount * self.rate)

accounts = [Savings(str(number), 2) for number in range(100_000)]
for account in accounts:
    if account.is_empty:
        account.pay_in(10)
""",
    "recursion": """
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

fibonacci(28)
""",
    "strings": """
lines = []
for number in range(200_000):
    name = "item-" + str(number)
    lines.append(f"{name.upper()}: {number % 97:>4}")
text = "\\n".join(lines)
words = [line.partition(":")[0].lower().replace("-", "_") for line in text.split("\\n")]
""",
    f"`import {PACKAGE}`": f"""
import sys
sys.dont_write_bytecode = True
sys.path[:0] = [] if "{FOLDER}" in sys.path else ["{FOLDER}"]
for name in [name for name in sys.modules if name.partition(".")[0] == "{PACKAGE}"]:
    del sys.modules[name]
import {PACKAGE}
""",
}
LONG = "a loop in a function, 36 million steps"
LONG_SCRIPT = SCRIPTS["a loop in a function"].replace("3_000_000", "36_000_000")

Run = Callable[[str, str], Sample]
"""Starts "ours" or the "peer" and runs a script."""
Found = dict[str, dict[str, Sample]]
"""Script -> "ours" or "peer" -> medians."""


def measure() -> str:
    """Our first scripts beside Pyodide's, and beside our warm scripts, as Markdown tables."""
    peer, files = peers.pyodide(), write_sources()
    newer = build_tool(Project.find(ROOT), "nodejs") / "node"
    with served(peer=peer, bench=BENCH_DIR) as address:

        def page(browser: Callable[..., Sample], whose: str, script: str) -> Sample:
            index = {"ours": "/", "peer": "/peer/"}[whose]
            query = {"files": f"/bench/{files.name}"} if FOLDER in script else {}
            return browser(address, "first_script", MEASUREMENT, index=index, code=script, **query)

        def node(program: str | Path, whose: str, script: str) -> Sample:
            index = {"ours": BUILD_DIR / "dist", "peer": peer}[whose]
            more = [files] if FOLDER in script else []
            return in_node("first_script", index, script, *more, node=program)

        chromium, firefox = partial(page, in_chromium), partial(page, in_firefox)
        found = {"Chromium": compare(chromium, "ours", "peer")}
        for program in ("node", newer):
            found[f"Node {version(program)}"] = compare(partial(node, program), "ours", "peer")
        alone = {f"Firefox {version(FIREFOX)}": compare(firefox, "ours")}
    return f"{beside_peer(found)}\n\n{beside_warm(found | alone)}"


def compare(run: Run, *candidates: str) -> Found:
    """Run each script in a new page or process of each candidate, and the long script in ours."""
    found = {
        name: in_turns(RUNS, **{whose: partial(run, whose, script) for whose in candidates})
        for name, script in SCRIPTS.items()
    }
    return found | {LONG: in_turns(RUNS, ours=partial(run, "ours", LONG_SCRIPT))}


def beside_peer(found: Mapping[str, Found]) -> str:
    """The first scripts of both candidates and the start before them, by engine."""
    firsts = {engine: _samples(scripts, "first") for engine, scripts in found.items()}
    starts = {
        engine: {
            whose: {"ready": median(sample.values())}
            for whose, sample in _samples(scripts, "ready").items()
        }
        for engine, scripts in found.items()
    }
    rows = both("first script", [(name, name, milliseconds) for name in SCRIPTS], firsts)
    start = both("", [("the start before", "ready", milliseconds)], starts)
    return f"{rows}\n{means(firsts)}\n\n{start}"


def _samples(scripts: Found, key: str) -> dict[str, Sample]:
    """One value of each script, by candidate."""
    return {
        whose: {name: scripts[name][whose][key] for name in SCRIPTS} for whose in ("ours", "peer")
    }


def beside_warm(found: Mapping[str, Found]) -> str:
    """Our first and warm runs, by engine."""
    head = ["ours, first and warm"]
    for engine in found:
        head += [engine, "warm", "ratio"]
    rows = []
    for name in (*SCRIPTS, LONG):
        cells = [name]
        for scripts in found.values():
            ours = scripts[name]["ours"]
            cells += beside(ours["first"], ours["warm"], milliseconds)
        rows.append(cells)
    return table(head, rows)


def write_sources() -> Path:
    """A JSON file with the sources of the package at `FOLDER`: path -> text.

    The interpreters have the same sources and no byte code.
    """
    record = newest(PACKAGE)
    bundle = read_bundle(CHANNEL / record["subdir"] / record["bundle"])
    sources = {
        f"{FOLDER}/{path.partition('/site-packages/')[2]}": file.content.decode()
        for path, file in bundle.tree.files.items()
        if path.endswith(".py")
    }
    BENCH_DIR.mkdir(parents=True, exist_ok=True)
    output = BENCH_DIR / f"{PACKAGE}.json"
    output.write_text(json.dumps(sources))
    return output
