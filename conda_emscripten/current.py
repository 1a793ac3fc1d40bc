"""Which packages of a channel are current?

A page that solves without a lock seldom needs old versions. As conda-index does for
``current_repodata.json``, this module chooses the newest version of each package. If such a package
needs another version, the newest version that fits is chosen, too. Their records are one file
(shards.py), so that a page needs no request for each package name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rattler import (
    Channel,
    MatchSpec,
    PackageName,
    RepoDataRecord,
    SparseRepoData,
    VersionWithSource,
)
from rattler.exceptions import InvalidMatchSpecError

from conda_emscripten.errors import ChannelError


def current_packages(channel: Path, subdirs: Iterable[str]) -> dict[str, set[str]]:
    """The file names of the current packages of each subdir.

    Args:
        channel: a folder with repodata.
        subdirs: the subdirs of one client; a package of one can need packages of another.

    Raises:
        ChannelError: the repodata cannot be read.
    """
    current: dict[str, set[str]] = {subdir: set() for subdir in subdirs}
    records = _records(channel, list(current))
    kept: dict[str, list[RepoDataRecord]] = {}
    added = [record for versions in records.values() for record in _newest(versions)]
    while added:
        for record in added:
            kept.setdefault(record.name.normalized, []).append(record)
            current[record.subdir].add(record.file_name)
        needed = {text for record in added for text in record.depends}
        added = []
        for text in sorted(needed):
            try:
                spec = MatchSpec(text)
            except InvalidMatchSpecError:
                continue  # no client can install the package
            name = spec.name.normalized
            if any(spec.matches(record) for record in (*kept.get(name, ()), *added)):
                continue
            added += _newest([record for record in records.get(name, ()) if spec.matches(record)])
    return current


def _records(channel: Path, subdirs: Sequence[str]) -> dict[str, list[RepoDataRecord]]:
    """Package name -> its records."""
    records: dict[str, list[RepoDataRecord]] = {}
    url = Channel(channel.resolve().as_uri())
    try:
        for subdir in subdirs:
            repodata = SparseRepoData(url, subdir, channel / subdir / "repodata.json")
            for name in repodata.package_names():
                records.setdefault(name, []).extend(repodata.load_records(PackageName(name)))
    except (OSError, ValueError) as error:  # also for damaged JSON and records
        raise ChannelError(
            f"{channel}: its repodata cannot be read: {error}.",
            help="Delete the repodata.json and run 'conda-emscripten index'.",
        ) from error
    return records


def _newest(records: Sequence[RepoDataRecord]) -> list[RepoDataRecord]:
    """All records of the newest version and build number, without track_features if possible."""
    newest = max(map(_order, records), default=None)
    return [record for record in records if _order(record) == newest]


def _order(record: RepoDataRecord) -> tuple[bool, VersionWithSource, int]:
    """Solvers prefer larger values."""
    return not any(record.track_features), record.version, record.build_number
