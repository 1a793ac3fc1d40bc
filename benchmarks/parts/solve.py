"""libsolv and rattler's solver on a channel of 50,000 records."""

from __future__ import annotations

from functools import partial

from benchmarks import peers
from benchmarks.brotli import brotli
from benchmarks.many import NAMES, VERSIONS, write_many
from benchmarks.measure import (
    BENCH_DIR,
    BUILD_DIR,
    Sample,
    in_chromium,
    in_turns,
    served,
    with_memory,
)
from benchmarks.report import count, megabytes, milliseconds, table

SOLVERS = {
    "lock": "libsolv, with the channel's lock",
    "ours": "libsolv, without a lock",
    "rattler": "rattler 0.3.5 (npm)",
}


def measure() -> str:
    """Time, requests, memory, size and a spec that names its channel, as Markdown tables."""
    many, rattler = BENCH_DIR / "many", peers.rattler()
    write_many(many)
    with served(many=many, rattler=rattler) as address:

        def solve(solver: str) -> Sample:
            return with_memory(address, "solve", solver=solver, channel="/many/")

        found = in_turns(**{solver: partial(solve, solver) for solver in SOLVERS})
        script = "return await window.named();"
        answers = {
            solver: in_chromium(address, "solve", script, solver=solver, channel="/many/")
            for solver in ("ours", "rattler")
        }
    packages = f"{found['ours']['packages']:.0f} packages"
    rows = [
        [
            label,
            milliseconds(found[solver]["cold"]),
            f"{found[solver]['warm']:.1f} ms",
            count(found[solver]["requests"]),
            megabytes(found[solver]["bytes"]),
            megabytes(found[solver]["peak"]),
        ]
        for solver, label in SOLVERS.items()
    ]
    title = f"`package-2399 >=2` of {NAMES * VERSIONS:,} records: {packages}, Chromium"
    head = [title, "cold", "warm", "requests", "bytes", "peak memory"]
    binaries = {
        "ours": BUILD_DIR / "dist" / "solver.wasm",
        "rattler": rattler / "js_rattler_bg.wasm",
    }
    rows_of_code = [
        [
            SOLVERS[solver].partition(",")[0],
            megabytes(binary.stat().st_size),
            megabytes(brotli(binary.read_bytes())),
            answers[solver],
        ]
        for solver, binary in binaries.items()
    ]
    head_of_code = ["", "WebAssembly", "brotli -11", "`many::package-2399`, then without `many::`"]
    return "\n\n".join([table(head, rows), table(head_of_code, rows_of_code)])
