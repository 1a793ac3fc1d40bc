"""Which packages does a page start with, and which packages of a channel go together?

This module solves the channel's own two locks: ``lock.json``, the start packages, and
``default-lock.json``, as many of the other packages as can be installed beside them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rattler import Channel, RepoDataRecord, SparseRepoData, solve_with_sparse_repodata
from rattler.exceptions import SolverError

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.bundle import Bundle
from conda_emscripten.environment import virtual_packages
from conda_emscripten.errors import ChannelError, UsageError
from conda_emscripten.files import os_errors, read_yaml
from conda_emscripten.json_formats import Lock, LockedPackage
from conda_emscripten.lock import locked_package, make_lock
from conda_emscripten.project import TARGET_PLATFORM

INTERPRETER = "python"


def read_start_packages(path: Path) -> list[str]:
    """The names in a project's ``channel/start.yaml``; without the file, only the interpreter.

    Raises:
        UsageError: the file is not a list of names that begins with the interpreter.
    """
    if not path.is_file():
        return [INTERPRETER]
    with os_errors(UsageError, f"{path} cannot be read"):
        try:
            content: Any = read_yaml(path)
            found = repr(content)
        except ValueError as error:
            content, found = None, str(error)
    names = [name for name in content if isinstance(name, str)] if isinstance(content, list) else []
    if names != content or names[:1] != [INTERPRETER]:
        raise UsageError(
            f"{path} is not a list of packages that begins with {INTERPRETER}: {found}.",
            help="Write one name per line, as in '- python'.",
        )
    return names


@dataclass(frozen=True, kw_only=True)
class Locks:
    """The channel's two locks: the start packages, and all packages that fit together."""

    start: Lock
    default: Lock


def solve_locks(
    channel: Path, bundles: Mapping[str, Sequence[Bundle]], start: Sequence[str]
) -> Locks:
    """Solve a channel's locks.

    With a lock, clients fetch packages without a solver. Both locks are empty as long as the
    channel has no python. The default lock contains the start packages, and leaves out packages
    that conflict with packages before them.

    Args:
        channel: a folder with repodata.
        bundles: subdir -> the bundles of its packages.
        start: names of the start packages; names that the channel lacks are left out.

    Raises:
        ChannelError: the start packages have no solution, or the repodata is stale.
    """
    by_file = {(subdir, b.package): b for subdir, listed in bundles.items() for b in listed}
    names = {ArchiveName.parse(b.package).name for b in by_file.values()}
    if INTERPRETER not in names:
        return Locks(start=make_lock([], []), default=make_lock([], []))
    usable = {ArchiveName.parse(b.package).name for b in by_file.values() if b.file is not None}
    specs = [name for name in start if name in names]
    url = Channel(channel.resolve().as_uri())
    try:
        repodata = [
            SparseRepoData(url, subdir, channel / subdir / "repodata.json") for subdir in bundles
        ]
        first, accepted, solved = asyncio.run(_solve(specs, usable, repodata))
    except OSError as error:  # also for damaged JSON
        raise ChannelError(
            f"{channel}: its repodata cannot be read: {error}.",
            help="Delete the repodata.json and run 'conda-emscripten index'.",
        ) from error
    except SolverError as error:
        raise ChannelError(
            f"{channel}: {' '.join(specs)} cannot be installed: {error}",
            help="Build the missing packages, then run 'conda-emscripten index'.",
        ) from error
    return Locks(
        start=make_lock(specs, [_entry(channel, record, by_file) for record in first]),
        default=make_lock(
            [*specs, *accepted], [_entry(channel, record, by_file) for record in solved]
        ),
    )


async def _solve(
    specs: Sequence[str], usable: AbstractSet[str], repodata: Sequence[SparseRepoData]
) -> tuple[list[RepoDataRecord], list[str], list[RepoDataRecord]]:
    """Solve ``specs``, then add as many of the packages ``usable`` as fit.

    Returns:
        The solution of ``specs``, the added packages, and the solution of both.
    """
    virtual = virtual_packages(TARGET_PLATFORM)  # as in loader/src/solver.ts

    async def solution(specs: Sequence[str]) -> list[RepoDataRecord]:
        return await solve_with_sparse_repodata(specs, repodata, virtual_packages=virtual)

    first = solved = await solution(specs)
    pins = [f"{r.name.normalized} =={r.version} {r.build}" for r in first]
    accepted: list[str] = []
    groups = [sorted(usable - {record.name.normalized for record in first})]
    while groups:
        group = groups.pop()
        try:
            solved = await solution([*pins, *accepted, *group])
            accepted += group
        except SolverError:  # halve the group to find the packages that do not fit
            half = len(group) // 2
            if half:
                groups += [group[half:], group[:half]]
    return first, accepted, solved


def _entry(
    channel: Path, record: RepoDataRecord, bundles: Mapping[tuple[str, str], Bundle]
) -> LockedPackage:
    bundle = bundles.get((record.subdir, record.file_name))
    if bundle is None or bundle.package_sha256 != (record.sha256 or b"").hex():
        raise ChannelError(
            f"{channel}/{record.subdir}/repodata.json does not match {record.file_name}.",
            help="Delete the repodata.json and run 'conda-emscripten index'.",
        )
    return locked_package(record, bundle.to_json())
