"""Which front ends do the tests use? Those of package.json and requirements.txt, installed once.

They are in ``tests/frontends/node_modules`` and ``.venv/frontends``, which git ignores. Tests and
benchmarks share both folders.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.built import BUILD_DIR, ROOT

HERE = Path(__file__).resolve().parent
NODE_MODULES = HERE / "node_modules"
PYTHON = (ROOT / ".venv").resolve() / "frontends" / "bin"
NPM_PACKAGE = BUILD_DIR / "npm"

#: How npm and pip begin the lines that name a package, or a version, that the registry lacks.
_NOT_THERE = ("npm error 404 ", "npm error notarget ", "ERROR: No matching distribution found")


class NotInRegistryError(Exception):
    """The registry of this machine lacks a front end; the text is the registry's answer."""


def node_modules() -> Path:
    """The folder of the front ends from npm, in the versions of package-lock.json.

    Raises:
        NotInRegistryError: the registry lacks a package.
        subprocess.CalledProcessError: npm failed for another reason, which it has printed.
    """

    def install() -> None:
        _run("npm", "ci", "--prefix", HERE, "--no-audit", "--no-fund", "--loglevel=error")

    _once(NODE_MODULES, HERE / "package-lock.json", install)
    return NODE_MODULES


def python() -> Path:
    """The folder of the programs from PyPI, and of their ``python``.

    Raises:
        NotInRegistryError: the registry lacks a package.
        subprocess.CalledProcessError: pip failed for another reason, which it has printed.
    """

    def install() -> None:
        _run(sys.executable, "-m", "venv", "--without-pip", PYTHON.parent)
        options = ["--quiet", "--disable-pip-version-check"]
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON / "python"), "install"]
        _run(*pip, *options, "--requirement", HERE / "requirements.txt")

    _once(PYTHON.parent, HERE / "requirements.txt", install)
    return PYTHON


def npm_package() -> Path:
    """Installs ``build/npm`` as ``pyodide`` in ``node_modules``; returns the installed folder.

    Raises:
        NotInRegistryError: as ``node_modules``.
        subprocess.CalledProcessError: as ``node_modules``.
    """
    installed = node_modules() / "pyodide"
    with _lock():
        if not installed.is_symlink() or installed.resolve() != NPM_PACKAGE:
            options = ["--no-save", "--no-audit", "--no-fund", "--loglevel=error"]
            _run("npm", "install", *options, f"pyodide@file:{NPM_PACKAGE}", "--prefix", HERE)
    return installed


def _once(folder: Path, pins: Path, install: Callable[[], None]) -> None:
    """Install to ``folder``, unless that is done for these ``pins``."""
    stamp = folder / ".stamp"
    with _lock():
        if stamp.exists() and stamp.read_bytes() == pins.read_bytes():
            return
        install()
        stamp.write_bytes(pins.read_bytes())


@contextmanager
def _lock() -> Iterator[None]:
    """Two processes do not install at the same time."""
    descriptor = os.open(HERE, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return
    if answer := [line for line in done.stderr.splitlines() if line.startswith(_NOT_THERE)]:
        raise NotInRegistryError("; ".join(answer))
    print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    done.check_returncode()
