"""orjson beside json, and pydantic, beside PyPI's wheels on this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import peers
from benchmarks.channel import CHANNEL, newest
from benchmarks.measure import BUILD_DIR, MEASUREMENT, in_chromium, in_turns, served
from benchmarks.parts.numerics import python_of, run_program
from benchmarks.report import short, table

_PURE = ["pydantic", "annotated-types", "typing_extensions"]


def measure() -> str:
    """Each program natively, in Chromium and in Node, as a Markdown table."""
    wheels = peers.native_wheels(
        f"{name}=={newest(name)['version']}" for name in ("orjson", "pydantic-core", *_PURE)
    )
    with tempfile.TemporaryDirectory() as folder, served() as address:
        native = python_of(Path(folder, "native"), "linux-64", BUILD_DIR / "bootstrap", "python")
        specs = ("python", "orjson", "pydantic")
        wasm = python_of(Path(folder, "wasm"), "emscripten-wasm32", CHANNEL, *specs)
        found = in_turns(
            native=lambda: run_program(native, "rust", PYTHONPATH=str(wheels)),
            chromium=lambda: in_chromium(address, "rust", MEASUREMENT),
            node=lambda: run_program(wasm, "rust"),
        )
    rows = []
    for name, reference in found["native"].items():
        cells = [name, short(reference)]
        for ours in (found["chromium"][name], found["node"][name]):
            cells += [short(ours), f"{ours / reference:.2f}"]
        rows.append(cells)
    return table(["", "native", "Chromium", "ratio", "Node", "ratio"], rows)
