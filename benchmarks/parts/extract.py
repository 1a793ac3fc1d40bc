"""Mounted bundles, beside mambajs, which extracts packages and loads all side modules."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from benchmarks import peers
from benchmarks.channel import newest
from benchmarks.measure import (
    BENCH_DIR,
    BUILD_DIR,
    Sample,
    both_ways,
    in_turns,
    served,
    with_memory,
)
from benchmarks.report import Row, beside, count, megabytes, milliseconds, table

#: Package -> module.
PACKAGES = {
    "numpy": "numpy",
    "msgpack-python": "msgpack",
    "sympy": "sympy",
    "mpmath": "mpmath",
    "networkx": "networkx",
    "jedi": "jedi",
    "parso": "parso",
    "pytz": "pytz",
    "six": "six",
}
ROWS: list[Row] = [
    ("from the call to imported", "total", milliseconds),
    ("the packages are there", "load", milliseconds),
    ("all are imported", "import", milliseconds),
    ("bytes received", "bytes", megabytes),
    ("memory growth, kept", "warm_growth", megabytes),
    ("memory growth, peak", "warm_peak", megabytes),
    ("memory growth of a cold interpreter, kept", "growth", megabytes),
    ("side modules instantiated", "instantiated", count),
]


def measure() -> str:
    """Both ways in Chromium, with our interpreter and our packages, as a Markdown table."""
    core = patched_core()
    with served(mambajs=peers.mambajs(), core=core) as address:
        modules = ",".join(PACKAGES.values())

        def page(index: str, **query: str) -> Sample:
            query = {"index": index, "modules": modules, **query}
            return both_ways(lambda **warm: with_memory(address, "extract", **query, **warm))

        files = {}
        for name in PACKAGES:
            record = newest(name)
            keys = ("name", "version", "build", "subdir")
            files[record["file"]] = {key: record[key] for key in keys} | {"channel": "ours"}
        found = in_turns(
            ours=lambda: page("/", packages=",".join(PACKAGES)),
            peer=lambda: page("/core/", files=json.dumps(files)),
        )
    rows = [
        [label, *beside(found["ours"][key], found["peer"][key], show)] for label, key, show in ROWS
    ]
    head = [", ".join(PACKAGES), "ours", f"mambajs-core {peers.MAMBAJS}", "ratio"]
    return table(head, rows)


def patched_core() -> Path:
    """A copy of our site whose interpreter exports the functions that mambajs calls.

    Raises:
        SystemExit: the interpreter's script has no `Module["FS"]=FS;`.
    """
    folder = BENCH_DIR / "core"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BUILD_DIR / "dist", folder)
    script = folder / "pyodide.asm.mjs"
    text, found = re.subn(
        r'Module\["FS"\]=FS;',
        'Module["FS"]=FS;globalThis.lent={FS,PATH,LDSO,loadDynamicLibrary,'
        "getDylinkMetadata,loadWebAssemblyModule,preloadedWasm};",
        script.read_text(),
    )
    if found != 1:
        raise SystemExit(
            f'{script} has {found} lines Module["FS"]=FS; instead of 1: adapt patched_core in '
            "benchmarks/parts/extract.py to the new Emscripten."
        )
    script.write_text(text)
    return folder
