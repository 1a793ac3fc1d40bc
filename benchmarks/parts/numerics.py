"""NumPy's and SciPy's kernels, beside PyPI's wheels on this machine."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.channel import CHANNEL, newest
from benchmarks.measure import BUILD_DIR, MEASUREMENT, ROOT, Sample, in_chromium, in_turns, served
from benchmarks.report import short, table
from conda_emscripten.environment import create_environment

HEAD = ["", "native", "Chromium", "ratio", "Node", "ratio"]


def measure() -> str:
    """Each kernel on one thread, as a Markdown table with the geometric means of the ratios."""
    found = beside_native("numerics", ["numpy", "scipy"], ["scipy"], OPENBLAS_NUM_THREADS="1")
    means = [
        statistics.geometric_mean(
            found[ours][name] / reference for name, reference in found["native"].items()
        )
        for ours in ("chromium", "node")
    ]
    last = ["**geometric mean**", "", "", f"**{means[0]:.2f}**", "", f"**{means[1]:.2f}**"]
    return table(HEAD, [*rows(found), last])


def beside_native(
    program: str, projects: Sequence[str], specs: Sequence[str], **environment: str
) -> dict[str, Sample]:
    """The medians of a program of benchmarks/pages: ``native``, ``chromium`` and ``node``.

    Args:
        program: the name of its files.
        projects: what runs natively from the package index's wheels, in the channel's versions.
        specs: what the environment of emscripten-wasm32 has besides python.
        environment: variables of the native program.
    """
    wheels = peers.native_wheels(f"{name}=={newest(name)['version']}" for name in projects)
    with tempfile.TemporaryDirectory() as folder, served() as address:
        native = _python(Path(folder, "native"), "linux-64", BUILD_DIR / "bootstrap", "python")
        wasm = _python(Path(folder, "wasm"), "emscripten-wasm32", CHANNEL, "python", *specs)
        return in_turns(
            native=lambda: _run(native, program, PYTHONPATH=str(wheels), **environment),
            chromium=lambda: in_chromium(
                address, "program", MEASUREMENT, program=program, packages=",".join(specs)
            ),
            node=lambda: _run(wasm, program),
        )


def rows(found: Mapping[str, Sample]) -> list[list[str]]:
    """A row for each kernel, below ``HEAD``."""
    listed = []
    for name, reference in found["native"].items():
        cells = [name, short(reference)]
        for ours in (found["chromium"][name], found["node"][name]):
            cells += [short(ours), f"{ours / reference:.2f}"]
        listed.append(cells)
    return listed


def _python(prefix: Path, platform: str, channel: Path, *specs: str) -> Path:
    """The interpreter of a new environment."""
    create_environment(
        prefix,
        specs,
        channels=[channel.as_uri()],
        platform=platform,
        cache_dir=prefix.with_name("cache"),
    )
    return prefix / "bin" / "python"


def _run(python: Path, name: str, **environment: str) -> Sample:
    """Run a program of benchmarks/pages; milliseconds by kernel."""
    program = ROOT / "benchmarks" / "pages" / f"{name}.py"
    done = subprocess.run(
        [python, program], env=os.environ | environment, check=True, capture_output=True, text=True
    )
    sample: Sample = json.loads(done.stdout)
    return sample
