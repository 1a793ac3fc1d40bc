"""NumPy from `loadPackage` to the import: time, memory, and the used part of the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from benchmarks.channel import CHANNEL, newest
from benchmarks.measure import (
    BUILD_DIR,
    Sample,
    in_chromium,
    in_node,
    in_turns,
    served,
    with_memory,
)
from benchmarks.report import Row, count, megabytes, milliseconds, table
from conda_emscripten.bundle_format import CHUNK_SIZE, read_bundle
from conda_emscripten.file_tree import Tree

PACKAGE = "numpy"
ROWS: list[Row] = [
    ("from the call to imported", "total", milliseconds),
    (f"`loadPackage('{PACKAGE}')`", "load", milliseconds),
    (f"`import {PACKAGE}`", "import", milliseconds),
    ("memory growth, kept", "growth", megabytes),
    ("memory growth, peak", "peak", megabytes),
    ("bytes received", "bytes", megabytes),
    ("requests", "requests", count),
]
_QUERY = {"index": "/", "packages": PACKAGE, "modules": PACKAGE}


def measure() -> str:
    """Time, bytes, memory, and the used part of the bundle, as Markdown tables."""
    with served() as address:
        found = in_turns(
            browser=lambda: with_memory(address, "load", **_QUERY),
            node=lambda: in_node("load", BUILD_DIR / "dist", CHANNEL, PACKAGE, PACKAGE),
            restored=lambda: in_chromium(
                address, "load", "return await window.restore();", **_QUERY
            ),
        )
        use = in_chromium(address, "load", "return await window.use();", **_QUERY)
    rows = [
        [label, *(show(of[key]) if key in of else "" for of in (found["browser"], found["node"]))]
        for label, key, show in ROWS
    ]
    tables = [
        table([PACKAGE, "Chromium", "Node"], rows),
        _use_table(use["reads"], use["instantiated"]),
        _resolving_table(found["browser"], found["restored"]),
    ]
    return "\n\n".join(tables)


def _use_table(reads: list[tuple[str, int, int]], instantiated: float) -> str:
    """The decompressed chunks: those of files that Python reads, and those of all side modules."""
    record = newest(PACKAGE)
    tree = read_bundle(CHANNEL / record["subdir"] / record["bundle"]).tree
    positions = dict(_positions(tree))
    sizes = {path: len(file.content) for path, file in tree.files.items()}
    own = [(path[1:], start, size) for path, start, size in reads if path[1:] in sizes]
    chunks = {
        chunk
        for path, start, size in [*own, *((path, 0, sizes[path]) for path in tree.libraries)]
        for chunk in _chunks(positions[path] + start, size)
    }
    everything = {chunk for path, size in sizes.items() for chunk in _chunks(positions[path], size)}
    opened = {path for path, _, _ in own}
    libraries = sum(sizes[path] for path in tree.libraries)
    total = sum(sizes.values())
    rows = [
        ["files read by Python", *_part(len(opened), len(sizes), count)],
        [
            "bytes of files read by Python",
            *_part(sum(sizes[path] for path in opened), total, megabytes),
        ],
        ["bytes of side modules that are compiled", *_part(libraries, total, megabytes)],
        ["chunks decompressed for both", *_part(len(chunks), len(everything), count)],
        ["side modules instantiated", *_part(instantiated, len(tree.libraries), count)],
    ]
    return table([f"used of {PACKAGE}'s bundle", "used", "available", "ratio"], rows)


def _positions(tree: Tree) -> Iterator[tuple[str, int]]:
    """Each file's first position in the raw bytes (docs/reference/bundle-format.md)."""
    position = 0
    starts = {*tree.libraries, *(paths[0] for paths in tree.late)}
    for path, file in tree.files.items():
        if path in starts:
            position = -(-position // CHUNK_SIZE) * CHUNK_SIZE
        yield path, position
        position += len(file.content)


def _chunks(position: int, size: int) -> Iterable[int]:
    return range(position // CHUNK_SIZE, -(-(position + size) // CHUNK_SIZE)) if size else ()


def _part(used: float, available: float, show: Any) -> list[str]:
    return [show(used), show(available), f"{used / available:.2f}"]


def _resolving_table(load: Sample, restored: Sample) -> str:
    rows = [
        [label, f"{found['resolved']:.1f} ms", count(found["extra"])]
        for label, found in (
            (f"`loadPackage('{PACKAGE}')`, with the channel's own lock", load),
            ("`loadPyodide({ lock })`", restored),
        )
    ]
    return table(["", "until the first bundle is asked for", "other requests to the channel"], rows)
