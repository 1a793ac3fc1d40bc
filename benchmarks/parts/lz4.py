"""LZ4 in WebAssembly, beside a decoder in JavaScript."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial
from pathlib import Path

from benchmarks.channel import CHANNEL, bundle_bytes, newest
from benchmarks.measure import (
    BENCH_DIR,
    BUILD_DIR,
    MEASUREMENT,
    ROOT,
    Sample,
    in_chromium,
    in_node,
    in_turns,
    served,
)
from benchmarks.report import beside, milliseconds, table

_LOAD = "await window.prepare(); return await window.measure();"
_QUERY = {"packages": "numpy", "modules": "numpy"}


def measure() -> str:
    """Both decoders alone, and a start and NumPy with each, as Markdown tables."""
    script = site_with_script()
    return f"{_decoders(script / 'lz4')}\n\n{_users(script)}"


def site_with_script() -> Path:
    """A copy of our site with the decoder in JavaScript, and both decoders in `lz4/`."""
    folder = BENCH_DIR / "lz4"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(BUILD_DIR / "dist", folder, symlinks=True)
    subprocess.run(["node", ROOT / "benchmarks" / "node" / "lz4-build.mjs", folder], check=True)
    return folder


def _decoders(folder: Path) -> str:
    rows = []
    for package in ("numpy", "python"):
        path = folder / f"{package}.lz4b"
        path.write_bytes(bundle_bytes(newest(package)))

        def node(way: str, path: Path = path) -> Sample:
            return in_node("lz4", "decode", folder, way, path)

        with served(lz4=folder) as address:

            def browser(way: str, path: Path = path, address: str = address) -> Sample:
                query = {"folder": "/lz4/", "way": way, "bundle": f"/lz4/{path.name}"}
                sample: Sample = in_chromium(address, "lz4", MEASUREMENT, **query)
                return sample

            for label, run in (("Node", node), ("Chromium", browser)):
                found = in_turns(wasm=partial(run, "wasm"), script=partial(run, "script"))
                wasm, other = found["wasm"], found["script"]
                where = f"{package}'s {wasm['raw'] / 1e6:.0f} MB, {label}"
                rows.append(
                    [f"{where}, first time", *beside(wasm["cold"], other["cold"], milliseconds)]
                )
                if "cpu" in wasm:
                    used = beside(wasm["cpu"], other["cpu"], milliseconds)
                    rows.append([f"{where}, first time, processor time", *used])
                fast, slow = (of["raw"] / of["warm"] / 1e3 for of in (wasm, other))
                rows.append([f"{where}, warm", *beside(fast, slow, _speed)])
    return table(["all chunks of a bundle", "WebAssembly", "JavaScript", "ratio"], rows)


def _users(script: Path) -> str:
    # The server does not follow the site's link to the channel.
    with served(**{"script/channel": CHANNEL, "script": script}) as address:

        def browser(index: str) -> Sample:
            ready = in_chromium(address, "ready", MEASUREMENT, index=index)
            query = {"index": index, **_QUERY}
            return {**in_chromium(address, "load", _LOAD, **query), "ready": ready["ready"]}

        pages = in_turns(wasm=lambda: browser("/"), script=lambda: browser("/script/"))
    node = in_turns(
        wasm=lambda: in_node("lz4", "load", BUILD_DIR / "dist", CHANNEL),
        script=lambda: in_node("lz4", "load", script, CHANNEL),
    )
    rows = [
        ("ready, Chromium", "ready", pages),
        ("NumPy, from the call to imported, Chromium", "total", pages),
        ("ready, Node", "ready", node),
        ("ready, Node, processor time", "ready_cpu", node),
        ("NumPy, from the call to imported, Node", "total", node),
        ("NumPy, from the call to imported, Node, processor time", "total_cpu", node),
    ]
    shown = [
        [label, *beside(found["wasm"][key], found["script"][key], milliseconds)]
        for label, key, found in rows
    ]
    return table(["what a user sees", "WebAssembly", "JavaScript", "ratio"], shown)


def _speed(value: float) -> str:
    return f"{value:.0f} MB/s"
