"""How does a channel get the files that describe its packages?

This module writes the files in order: repodata, bundles, shards, imports, locks and the catalogue.
A file is written after the files that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conda_emscripten.abi import Abi
from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.bundle import Bundle
from conda_emscripten.bundle_store import remove_stale_bundles, update_bundles
from conda_emscripten.catalogue import Entry, write_catalogue
from conda_emscripten.channel import Channel, locked, read_repodata, require_channel
from conda_emscripten.channel_layout import PAGE_SUBDIRS
from conda_emscripten.compress import compress_bundles, compress_start
from conda_emscripten.current import current_packages
from conda_emscripten.default_lock import INTERPRETER, read_start_packages, solve_locks
from conda_emscripten.environment import native_python
from conda_emscripten.errors import ChannelError
from conda_emscripten.files import os_errors, write_json
from conda_emscripten.json_formats import IMPORTS_VERSION, ImportsJson
from conda_emscripten.project import Project
from conda_emscripten.pyodide_lock import FILE as PYODIDE_LOCK
from conda_emscripten.pyodide_lock import pyodide_lock, write_site_lock
from conda_emscripten.shards import remove_stale_shards, write_shards
from conda_emscripten.snapshot_store import remove_stale_snapshots, update_snapshots

_AGAIN = "Remove the cause, then run 'conda-emscripten index' again."


@dataclass(frozen=True, kw_only=True)
class IndexEntry:
    """A package in the channel; sizes in bytes, ``bundle_size`` is None without a bundle."""

    subdir: str
    file: str
    package_size: int
    bundle_size: int | None


def index_channel(
    project: Project, bootstrap_channel: str | None = None, *, compress: bool = False
) -> list[IndexEntry]:
    """Index the project's channel, and compress the bundles of the start packages.

    With ``compress``, all bundles are compressed (compress.py).

    Raises:
        ChannelError: there is no channel yet, it is in use, or a file cannot be written.
        BuildError: there is no native Python for the byte code.
        BundleError: a package cannot become a bundle.
    """
    channel = project.channel_dir
    require_channel(channel)
    with locked(project.build_dir):
        bundles = index_folder(
            channel,
            abi=project.abi,
            python=native_python(project, bootstrap_channel),
            start=read_start_packages(project.start_packages),
        )
        if project.dist_dir.is_dir():
            with os_errors(ChannelError, f"{project.dist_dir} cannot be written", help=_AGAIN):
                write_site_lock(channel, project.dist_dir)
        with os_errors(ChannelError, f"{channel}: its bundles cannot be compressed", help=_AGAIN):
            compress_start(channel)
            if compress:
                compress_bundles(channel)
            return [
                IndexEntry(
                    subdir=subdir,
                    file=bundle.package,
                    package_size=(channel / subdir / bundle.package).stat().st_size,
                    bundle_size=bundle.total_size,
                )
                for subdir, listed in bundles.items()
                for bundle in listed
            ]


def index_folder(
    channel: Path,
    *,
    abi: Abi,
    python: Path | None,
    start: Sequence[str] = (INTERPRETER,),
    force: bool = False,
) -> dict[str, list[Bundle]]:
    """Write all files that describe the packages of a channel.

    The caller holds the lock of the channel. Stale files are deleted last, so clients that still
    have the old index can finish.

    Args:
        channel: the folder of the channel; missing subdirs have no packages.
        abi: the ABI of the channel's packages.
        python: a native CPython of version ``abi.python`` that compiles byte code; None: no byte
            code.
        start: the packages in ``lock.json``.
        force: read every package for the repodata, also the packages that it already lists.

    Returns:
        For each subdir that pages use, the bundles of its packages by file name.

    Raises:
        ChannelError: the start packages have no solution, or a file cannot be written; the message
            names the cause.
        BundleError: a package cannot become a bundle; the message names the package.
    """
    with os_errors(ChannelError, f"{channel} cannot be indexed", help=_AGAIN):
        Channel(path=channel, subdirs=PAGE_SUBDIRS).write_repodata(force=force)
        repodata = {
            path.parent.name: read_repodata(path)
            for path in sorted(channel.glob("*/repodata.json"))
        }
        bundles = {
            subdir: update_bundles(channel / subdir, abi=abi, python=python)
            for subdir in PAGE_SUBDIRS
            if subdir in repodata
        }
        current = current_packages(channel, bundles)
        shards = {
            subdir: write_shards(
                channel / subdir,
                content,
                _shard_bundles(bundles.get(subdir)),
                current.get(subdir, frozenset()),
            )
            for subdir, content in repodata.items()
        }
        write_json(channel / "imports.json", _imports(bundles))
        update_snapshots(channel, bundles)
        locks = solve_locks(channel, bundles, start)
        write_json(channel / "lock.json", locks.start)
        write_json(channel / "default-lock.json", locks.default)
        write_json(channel / PYODIDE_LOCK, pyodide_lock(locks.default, bundles, abi))
        write_catalogue(
            channel, {subdir: _entries(repodata[subdir], bundles[subdir]) for subdir in bundles}
        )
        remove_stale_snapshots(channel)
        for subdir, names in shards.items():
            remove_stale_shards(channel / subdir, names)
        for subdir, listed in bundles.items():
            remove_stale_bundles(channel / subdir, listed)
    return bundles


def _shard_bundles(bundles: Sequence[Bundle] | None) -> dict[str, Any]:
    return {bundle.package: bundle.to_shard() for bundle in bundles or ()}


def _imports(bundles: Mapping[str, Sequence[Bundle]]) -> ImportsJson:
    """The package of each module: the package with the module's name, or the first by name."""
    providers: dict[str, set[str]] = {}
    for bundle in (bundle for listed in bundles.values() for bundle in listed):
        for module in bundle.imports:
            providers.setdefault(module, set()).add(ArchiveName.parse(bundle.package).name)
    return {
        "version": IMPORTS_VERSION,
        "imports": {
            module: module if module in names else min(names)
            for module, names in sorted(providers.items())
        },
    }


def _entries(repodata: Mapping[str, Any], bundles: Sequence[Bundle]) -> list[Entry]:
    """The entries of a subdir's packages in the catalogue."""
    records = repodata["packages.conda"]
    return [
        Entry(
            file=bundle.package,
            record=records[bundle.package],
            about=bundle.about,
            run_exports=bundle.run_exports,
            bundle_size=bundle.total_size,
        )
        for bundle in bundles
        if bundle.package in records
    ]
