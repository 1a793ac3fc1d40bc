"""NumPy's and SciPy's kernels, beside PyPI's wheels on this machine."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks import peers
from benchmarks.channel import CHANNEL, newest
from benchmarks.measure import BUILD_DIR, MEASUREMENT, ROOT, Sample, in_chromium, in_turns, served
from benchmarks.report import short, table
from conda_emscripten.environment import create_environment


def measure() -> str:
    """Each kernel on one thread, as a Markdown table with the geometric means of the ratios."""
    wheels = peers.native_wheels(
        f"{name}=={newest(name)['version']}" for name in ("numpy", "scipy")
    )
    with tempfile.TemporaryDirectory() as folder, served() as address:
        native = python_of(Path(folder, "native"), "linux-64", BUILD_DIR / "bootstrap", "python")
        wasm = python_of(Path(folder, "wasm"), "emscripten-wasm32", CHANNEL, "python", "scipy")
        found = in_turns(
            native=lambda: run_program(
                native, "numerics", PYTHONPATH=str(wheels), OPENBLAS_NUM_THREADS="1"
            ),
            chromium=lambda: in_chromium(address, "numerics", MEASUREMENT),
            node=lambda: run_program(wasm, "numerics"),
        )
    rows = []
    for name, reference in found["native"].items():
        cells = [name, short(reference)]
        for ours in (found["chromium"][name], found["node"][name]):
            cells += [short(ours), f"{ours / reference:.2f}"]
        rows.append(cells)
    means = [
        statistics.geometric_mean(
            found[ours][name] / reference for name, reference in found["native"].items()
        )
        for ours in ("chromium", "node")
    ]
    rows.append(["**geometric mean**", "", "", f"**{means[0]:.2f}**", "", f"**{means[1]:.2f}**"])
    return table(["", "native", "Chromium", "ratio", "Node", "ratio"], rows)


def python_of(prefix: Path, platform: str, channel: Path, *specs: str) -> Path:
    """The interpreter of a new environment."""
    create_environment(
        prefix,
        specs,
        channels=[channel.as_uri()],
        platform=platform,
        cache_dir=prefix.with_name("cache"),
    )
    return prefix / "bin" / "python"


def run_program(python: Path, name: str, **environment: str) -> Sample:
    """Run a program of benchmarks/pages; milliseconds by kernel."""
    program = ROOT / "benchmarks" / "pages" / f"{name}.py"
    done = subprocess.run(
        [python, program], env=os.environ | environment, check=True, capture_output=True, text=True
    )
    sample: Sample = json.loads(done.stdout)
    return sample
