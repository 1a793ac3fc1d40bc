"""How do programs that read Pyodide's lock file see the channel?

This module writes ``pyodide-lock.json``, a view of the default lock in Pyodide's form, as the
package ``pyodide-lock`` on PyPI reads it. Front ends look up packages, imports and dependencies in
the file; the loader reads ``default-lock.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypedDict

from packaging.utils import canonicalize_name

from conda_emscripten.abi import Abi
from conda_emscripten.bundle import Bundle
from conda_emscripten.channel_layout import VARIANT_SUFFIXES
from conda_emscripten.default_lock import INTERPRETER
from conda_emscripten.files import write_json
from conda_emscripten.json_formats import Lock, LockedPackage

FILE = "pyodide-lock.json"

#: The version of Pyodide whose API the runtime has (runtime/py/pyodide/__init__.py).
API_LEVEL = "314.0.7"


class PyodideInfo(TypedDict):
    """The interpreter in ``pyodide-lock.json``."""

    version: str
    abi_version: str
    platform: str
    arch: str
    python: str


class PyodidePackage(TypedDict):
    """A package in ``pyodide-lock.json``: its bundle, whose digest is in hexadecimal."""

    name: str
    version: str
    file_name: str
    sha256: str
    package_type: str
    install_dir: str
    imports: list[str]
    depends: list[str]
    unvendored_tests: bool


class PyodideLock(TypedDict):
    """The file. The keys are Pyodide's, whose reader refuses other keys.

    The names in ``packages`` and ``depends`` are normalized (PEP 503); ``name`` is conda's.
    """

    info: PyodideInfo
    packages: dict[str, PyodidePackage]


def pyodide_lock(lock: Lock, bundles: Mapping[str, Sequence[Bundle]], abi: Abi) -> PyodideLock:
    """The view of a default lock.

    The packages are those with Python modules, and the packages of shared libraries that they
    need. The interpreter and packages without files for a page are left out.

    Args:
        lock: the default lock; an empty lock has an empty view.
        bundles: subdir -> the bundles of its packages.
        abi: the ABI of the channel's packages.
    """
    by_file = {(subdir, b.package): b for subdir, listed in bundles.items() for b in listed}
    locked: dict[str, LockedPackage] = {
        canonicalize_name(package["name"]): package for package in lock["packages"]
    }
    interpreter = locked.pop(INTERPRETER, None)
    entries: dict[str, PyodidePackage] = {
        name: _entry(package, by_file[package["subdir"], package["file"]], locked.keys())
        for name, package in locked.items()
    }
    needed = _needed({name for name, entry in entries.items() if entry["imports"]}, entries)
    return {
        "info": {
            "version": API_LEVEL,
            "abi_version": abi.emscripten.replace(".", "_"),
            "platform": f"emscripten_{abi.emscripten.replace('.', '_')}",
            "arch": "wasm32",
            "python": interpreter["version"] if interpreter else abi.python,
        },
        "packages": {
            name: {**entry, "depends": [other for other in entry["depends"] if other in needed]}
            for name, entry in entries.items()
            if name in needed
        },
    }


def write_site_lock(channel: Path, site: Path) -> None:
    """Write the file beside ``pyodide.mjs``, where front ends expect it.

    Does nothing if the channel has not been indexed.

    Args:
        channel: the folder of the channel, whose file names are relative to this folder.
        site: the folder of the site, which has the channel as ``channel/``.

    Raises:
        OSError: a file cannot be read or written.
    """
    try:
        lock: PyodideLock = json.loads((channel / FILE).read_text())
    except FileNotFoundError:
        return
    for entry in lock["packages"].values():
        entry["file_name"] = f"channel/{entry['file_name']}"
    for suffix in VARIANT_SUFFIXES:  # of the old file
        (site / f"{FILE}{suffix}").unlink(missing_ok=True)
    write_json(site / FILE, lock)


def _entry(package: LockedPackage, bundle: Bundle, names: AbstractSet[str]) -> PyodidePackage:
    project = bundle.distributions.get(canonicalize_name(package["name"]))
    has_modules = bool(bundle.imports)
    depends = {canonicalize_name(text.split(" ", 1)[0]) for text in package["depends"]}
    return {
        "name": package["name"],
        "version": project.version if project else package["version"],
        "file_name": f"{package['subdir']}/{bundle.file}" if bundle.file else "",
        "sha256": bundle.sha256 or "",
        "package_type": "package" if has_modules else "shared_library",
        "install_dir": "site" if has_modules else "dynlib",
        "imports": list(bundle.imports),
        "depends": sorted(depends & names),
        "unvendored_tests": False,
    }


def _needed(names: set[str], entries: Mapping[str, PyodidePackage]) -> set[str]:
    """The packages with these names and their dependencies, if they have a bundle."""
    needed: set[str] = set()
    while names:
        name = names.pop()
        if name not in needed and entries[name]["file_name"]:
            needed.add(name)
            names.update(entries[name]["depends"])
    return needed
