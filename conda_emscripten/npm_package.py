"""How does the distribution become an npm package?

This module makes the folder ``build/npm``, which a program installs in place of the npm package
``pyodide``. The folder has the scripts of the site, and of the channel its locks and the start
packages. ``runtime/npm`` has the other files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from conda_emscripten import __version__
from conda_emscripten.errors import ChannelError
from conda_emscripten.files import write_json
from conda_emscripten.json_check import checked
from conda_emscripten.json_formats import Lock
from conda_emscripten.pyodide_lock import API_LEVEL
from conda_emscripten.pyodide_lock import FILE as PYODIDE_LOCK

#: The files of the site that programs and bundlers read.
SITE_FILES = (
    "address-package.mjs",
    "ffi.d.ts",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide.d.ts",
    "pyodide.js",
    "pyodide.mjs",
    "solver.mjs",
    "solver.wasm",
    PYODIDE_LOCK,
)

_START_LOCK = "lock.json"
#: The files of the channel beside the start packages: the loader finds packages by them.
CHANNEL_FILES = (_START_LOCK, "default-lock.json", "imports.json")

#: npm packs these files whether or not package.json lists them.
_ALWAYS_PACKED = ("LICENSE", "README.md", "package.json")


def write_npm_package(root: Path, site: Path, channel: Path, folder: Path) -> None:
    """Write the package to ``folder``, a new folder.

    A channel that has not been indexed has no start packages: nothing is written.

    The version has the version of Pyodide's API, which the peer dependencies of other packages ask
    for, and this project's version as build metadata (semver.org, 10).

    Args:
        root: the checkout, with the files of ``runtime/npm``.
        site: a complete site.
        channel: the channel of the site.
        folder: where the package is written.

    Raises:
        ChannelError: the lock of the start packages is damaged.
        OSError: a file cannot be read or written.
    """
    if not (channel / _START_LOCK).is_file():
        return
    shutil.copytree(root / "runtime" / "npm", folder)
    shutil.copy(root / "LICENSE", folder)
    for name in SITE_FILES:
        shutil.copy(site / name, folder)
    for name in (*CHANNEL_FILES, *_start_bundles(channel)):
        target = folder / "channel" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(channel / name, target)
    package: dict[str, Any] = json.loads((folder / "package.json").read_text())
    files = sorted(set(_files(folder)) - set(_ALWAYS_PACKED))
    package["version"] = f"{API_LEVEL}+conda-emscripten.{__version__}"
    package["exports"] |= {f"./{name}": f"./{name}" for name in (*files, "package.json")}
    package["files"] = files
    write_json(folder / "package.json", package)


def _start_bundles(channel: Path) -> list[str]:
    """The bundles that the interpreter loads before it is ready, relative to the channel."""
    path = channel / _START_LOCK
    try:
        lock = checked(json.loads(path.read_text()), Lock, str(path))
    except ValueError as error:  # also for damaged JSON
        raise ChannelError(
            f"{path} is damaged: {error}.", help="Run 'conda-emscripten index'."
        ) from error
    return [
        f"{package['subdir']}/{bundle}"
        for package in lock["packages"]
        for bundle in (
            package.get("bundle"),
            *(part["bundle"] for part in package.get("bundle_parts", ())),
        )
        if bundle
    ]


def _files(folder: Path) -> Iterable[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return (PurePosixPath(path.relative_to(folder)).as_posix() for path in paths)
