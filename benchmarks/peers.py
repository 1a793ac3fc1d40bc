"""Installs the projects of the comparisons into build/bench, with npm and pip."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import BENCH_DIR, ROOT
from conda_emscripten.compress import compress_site

PYODIDE = "314.0.7"
#: The platform and Python version of this release, as in the file names of wheels.
PYODIDE_PLATFORM, PYODIDE_PYTHON = "pyemscripten_2026_0_wasm32", "3.14"
MAMBAJS = "0.21.5"
PYPERFORMANCE = "1.14.0"


def pyodide() -> Path:
    """The folder of Pyodide, with precompressed files, as `dist` makes them for our site."""
    folder = _npm("pyodide", PYODIDE)
    compress_site(folder)
    return folder


def mambajs() -> Path:
    """The folder of mambajs-core, which installs packages in emscripten-forge's pages."""
    return _npm("@emscripten-forge/mambajs-core", MAMBAJS)


def rattler() -> Path:
    """The folder of rattler's solver, a development dependency of package.json."""
    return ROOT / "node_modules" / "@conda-org" / "rattler" / "dist"


def kernels() -> Path:
    """The folder of pyperformance's benchmarks."""
    folder = BENCH_DIR / "pyperformance"
    _pip(
        "install", "--no-deps", "--upgrade", f"--target={folder}", f"pyperformance=={PYPERFORMANCE}"
    )
    return folder / "pyperformance" / "data-files" / "benchmarks"


def wheels(requirements: Iterable[str]) -> Path:
    """A folder with PyPI's wheels for Pyodide of these requirements, without their dependencies."""
    folder = BENCH_DIR / "wheels"
    target = [f"--platform={PYODIDE_PLATFORM}", f"--python-version={PYODIDE_PYTHON}"]
    _pip("download", "--no-deps", "--only-binary=:all:", f"--dest={folder}", *target, *requirements)
    return folder


def native_wheels(requirements: Iterable[str]) -> Path:
    """A folder with the content of PyPI's wheels for this machine and CPython 3.13."""
    folder = BENCH_DIR / "native"
    options = ["--only-binary=:all:", "--python-version=3.13", "--no-deps", "--upgrade"]
    # pip compares Requires-Python with the Python that runs pip.
    options.append("--ignore-requires-python")
    _pip("install", *options, f"--target={folder}", *requirements)
    return folder


def _npm(package: str, version: str) -> Path:
    BENCH_DIR.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]
    command += [str(BENCH_DIR), f"{package}@{version}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return BENCH_DIR / "node_modules" / package


def _pip(command: str, *arguments: str) -> None:
    options = ["--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", command, *options, *arguments], check=True, stdout=sys.stderr
    )
