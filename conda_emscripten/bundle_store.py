"""Which bundles of a subdir are current, and which must be made?

This module makes the missing and stale bundles of one subdir and writes its ``bundles.json``. The
cache ``<subdir>/.bundles.json`` has the state of each package, so that a second run reads only new
packages.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

import lz4

from conda_emscripten.abi import Abi
from conda_emscripten.bundle import Bundle, Part, make_bundle
from conda_emscripten.channel_layout import (
    BUNDLE_SUFFIX,
    PACKAGE_SUFFIX,
    VARIANT_SUFFIXES,
)
from conda_emscripten.errors import BundleError
from conda_emscripten.files import atomic_write, sha256_file, write_json
from conda_emscripten.json_check import checked
from conda_emscripten.json_formats import BUNDLES_VERSION, BundleEntry, BundlesJson
from conda_emscripten.page_files import Distribution

#: Raise it when the same package gets a bundle with other bytes or other metadata.
BUNDLER_VERSION = 2

_CACHE = ".bundles.json"


def bundle_inputs(abi: Abi, python: Path | None) -> dict[str, str | int]:
    """All inputs of a bundle except its package.

    Raises:
        BundleError: ``python`` cannot be run.
    """
    version = ""
    if python is not None:
        command = [str(python), "-VV"]
        try:
            version = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise BundleError(
                f"{python}: cannot be run to compile byte code ({error}).",
                help=f"Use a native CPython {abi.python}.",
            ) from error
    return {
        "bundler": BUNDLER_VERSION,
        "format": BUNDLES_VERSION,
        "lz4": lz4.library_version_string(),
        "abi": abi.python,
        "python": version.strip(),
    }


@dataclass(frozen=True, kw_only=True)
class FileStat:
    """The state of a package file when it was read; detects changes.

    Attributes:
        size: in bytes.
        mtime: time of the last change, in nanoseconds since 1970.
        read: when the file was read, in nanoseconds since 1970.
        sha256: in hexadecimal.
    """

    size: int
    mtime: int
    read: int
    sha256: str

    @classmethod
    def of(cls, path: Path, cached: FileStat | None) -> FileStat:
        """Stat of ``path``. Reuses the cached sha256 when size and mtime prove the file unchanged.

        Size and mtime prove nothing for a file that changed less than a second before it was read:
        with a coarse clock, a second change can have the same mtime (git's index has this rule).

        Raises:
            OSError: the file cannot be read.
        """
        stat = path.stat()
        if (
            cached is not None
            and (stat.st_size, stat.st_mtime_ns) == (cached.size, cached.mtime)
            and cached.read - cached.mtime > 1_000_000_000
        ):
            return cached
        read = time.time_ns()
        return cls(size=stat.st_size, mtime=stat.st_mtime_ns, read=read, sha256=sha256_file(path))


class _CachedStat(TypedDict):
    size: int
    mtime: int
    read: int
    sha256: str


class _CachedBundle(BundleEntry):
    about: dict[str, Any]
    run_exports: dict[str, Any]


class _CachedEntry(TypedDict):
    stat: _CachedStat
    bundle: _CachedBundle


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """A package in the cache."""

    stat: FileStat
    bundle: Bundle

    def to_json(self) -> dict[str, Any]:
        more = {"about": self.bundle.about, "run_exports": self.bundle.run_exports}
        return {"stat": asdict(self.stat), "bundle": {**self.bundle.to_json(), **more}}

    @classmethod
    def from_json(cls, package: str, entry: Mapping[str, Any]) -> _Entry:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError: ``entry`` has another form.
        """
        checked(entry, _CachedEntry, "entry")
        fields = dict(entry["bundle"])
        projects = fields.pop("distributions").items()
        bundle = Bundle(
            package=package,
            file=fields.pop("bundle"),
            imports=tuple(fields.pop("imports")),
            parts=tuple(
                Part(file=part["bundle"], size=part["size"], sha256=part["sha256"])
                for part in fields.pop("parts", ())
            ),
            distributions={
                name: Distribution(version=project["version"], extras=tuple(project["extras"]))
                for name, project in projects
            },
            **fields,
        )
        return cls(stat=FileStat(**entry["stat"]), bundle=bundle)


def update_bundles(folder: Path, *, abi: Abi, python: Path | None) -> list[Bundle]:
    """Write the missing and stale bundles of a subdir, then its ``bundles.json``.

    A bundle is stale if its package or any of ``bundle_inputs`` changed. After an error,
    ``bundles.json`` describes the existing bundles.

    Args:
        folder: the folder of the subdir.
        abi: see ``conda_emscripten.bundle.make_bundle``.
        python: see ``conda_emscripten.bundle.make_bundle``.

    Returns:
        The bundles of all packages, sorted by file name.

    Raises:
        BundleError: a package cannot become a bundle; the message names the package.
        OSError: a file cannot be read or written.
    """
    inputs = bundle_inputs(abi, python)
    packages = sorted(folder.glob(f"*{PACKAGE_SUFFIX}"))
    cached = _read_cache(folder, inputs)
    current: dict[str, _Entry] = {}
    try:
        for path in packages:
            entry = cached.get(path.name)
            stat = FileStat.of(path, entry.stat if entry else None)
            bundle = entry.bundle if entry else None
            if (
                bundle is None
                or bundle.package_sha256 != stat.sha256
                or not _is_present(bundle, folder)
            ):
                bundle = _renew(path, abi, python)
            current[path.name] = _Entry(stat=stat, bundle=bundle)
    finally:
        for path in packages:
            entry = cached.get(path.name)
            if path.name not in current and entry and _is_present(entry.bundle, folder):
                current[path.name] = entry
        _write(folder, inputs, {name: current[name] for name in sorted(current)})
    return [current[path.name].bundle for path in packages]


def remove_stale_bundles(folder: Path, bundles: list[Bundle]) -> None:
    """Remove the bundles of a subdir that are not among ``bundles``, with their variants.

    Variants are compressed for a web server (``.lz4b.zst``, ``.lz4b.br``), or left by a killed
    run.
    """
    used = {file for bundle in bundles for file in bundle.files}
    for path in folder.glob(f"*{BUNDLE_SUFFIX}*"):
        if path.name.partition(BUNDLE_SUFFIX)[0] + BUNDLE_SUFFIX not in used:
            path.unlink()


def _renew(package: Path, abi: Abi, python: Path | None) -> Bundle:
    file = package.with_suffix(BUNDLE_SUFFIX).name
    bundle, files = make_bundle(package, file=file, abi=abi, python=python)
    for name, data in files.items():
        output = package.with_name(name)
        for suffix in VARIANT_SUFFIXES:  # of the old bundle
            output.with_name(name + suffix).unlink(missing_ok=True)
        atomic_write(output, data)
    return bundle


def _write(folder: Path, inputs: Mapping[str, Any], entries: Mapping[str, _Entry]) -> None:
    content: BundlesJson = {
        "version": BUNDLES_VERSION,
        "subdir": folder.name,
        "bundles": {name: entry.bundle.to_json() for name, entry in entries.items()},
    }
    write_json(folder / "bundles.json", content)
    packages = {name: entry.to_json() for name, entry in entries.items()}
    write_json(folder / _CACHE, {"inputs": inputs, "packages": packages}, indent=None)


def _read_cache(folder: Path, inputs: Mapping[str, Any]) -> dict[str, _Entry]:
    """The cached packages that were read with ``inputs``; none if the cache is unreadable."""
    try:
        content = json.loads((folder / _CACHE).read_bytes())
        if content["inputs"] != inputs:
            return {}
        return {name: _Entry.from_json(name, entry) for name, entry in content["packages"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _is_present(bundle: Bundle, folder: Path) -> bool:
    """Whether the files of a bundle are there; those of a bundle without files always are."""
    paths = {folder / name: size for name, size in bundle.files.items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())
