"""What is in a lock?

This module writes locks. A lock is a solved set of packages, with the data to fetch and verify
each of them. docs/reference/bundle-format.md describes the format; ``loadPyodide({lock})`` reads
it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict
from urllib.parse import unquote, urlsplit

import httpx
from rattler import RepoDataRecord

from conda_emscripten.bundle_format import WHOLE_VERSION
from conda_emscripten.environment import solve, solver_errors
from conda_emscripten.errors import ChannelError, UsageError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.json_check import Count, Digest, checked
from conda_emscripten.json_formats import (
    BUNDLES_VERSION,
    LOCK_VERSION,
    BundleEntry,
    BundleName,
    BundlePart,
    Lock,
    LockedPackage,
)
from conda_emscripten.project import TARGET_PLATFORM


def make_lock(
    specs: Sequence[str], packages: Iterable[LockedPackage], platform: str = TARGET_PLATFORM
) -> Lock:
    """The content of a lock file; see ``locked_package`` for the packages."""
    return {
        "version": LOCK_VERSION,
        "platform": platform,
        "specs": list(specs),
        "packages": sorted(packages, key=lambda package: package["name"]),
    }


def locked_package(
    record: RepoDataRecord, bundle: BundleEntry | None, channel: str | None = None
) -> LockedPackage:
    """The entry of a package in a lock.

    Args:
        record: the package's record in the repodata, with a sha256.
        bundle: the package's entry in ``bundles.json``; None if its channel has no bundles.
        channel: URL that ends in "/"; None if the lock is in the channel.
    """
    entry: LockedPackage = {
        "name": record.name.normalized,
        "version": str(record.version),
        "build": str(record.build),
        "build_number": record.build_number,
        "subdir": record.subdir,
        "file": record.file_name,
        "sha256": (record.sha256 or b"").hex(),
        "depends": record.depends,
        "constrains": record.constrains,
    }
    if channel is not None:
        entry["channel"] = channel
    if bundle is not None:
        entry["bundle"] = bundle["bundle"]
        entry["bundle_size"] = bundle["size"]
        entry["bundle_sha256"] = bundle["sha256"]
        if head := bundle.get("head_sha256"):  # missing in older channels
            entry["bundle_head_size"] = bundle["head_size"]
            entry["bundle_head_sha256"] = head
        if parts := bundle.get("parts"):
            entry["bundle_parts"] = parts
    return entry


def write_lock(
    output: Path, specs: Sequence[str], *, channels: Sequence[str], platform: str, cache_dir: Path
) -> Lock:
    """Solve specs and write the lock of their solution.

    Args:
        output: the lock file; an existing file is replaced atomically.
        specs: MatchSpecs (CEP 29).
        channels: URLs, the first has priority. The lock names a channel on this machine by its
            path relative to ``output``.
        platform: the subdir beside ``noarch``.
        cache_dir: the folder for cached repodata.

    Returns:
        The content of the file.

    Raises:
        UsageError: a spec is malformed, or ``output`` cannot be written.
        BuildError: the specs have no solution.
        ChannelError: a channel cannot be read, or its bundles do not match its packages.
    """
    urls = [url.rstrip("/") + "/" for url in channels]
    with solver_errors(specs, urls, platform):
        records = asyncio.run(solve(specs, urls, platform, cache_dir))
    bundles: dict[str, Mapping[str, BundleEntry] | None] = {}
    packages = []
    for record in records:
        channel = record.url.removesuffix(f"{record.subdir}/{record.file_name}")
        index = f"{channel}{record.subdir}/bundles.json"
        if index not in bundles:
            bundles[index] = read_bundles(index)
        bundle = _bundle(record, index, bundles[index])
        packages.append(locked_package(record, bundle, _relative(channel, output)))
    lock = make_lock(specs, packages, platform)
    with os_errors(UsageError, f"{output} cannot be written", help="Choose another --output."):
        atomic_write(output, (json.dumps(lock, indent=1) + "\n").encode())
    return lock


def _bundle(
    record: RepoDataRecord, index: str, bundles: Mapping[str, BundleEntry] | None
) -> BundleEntry | None:
    """The bundle of a package; None if its channel has no bundles."""
    if not record.sha256:
        raise ChannelError(
            f"{record.url} has no sha256 in its channel's index: it cannot be locked.",
            help="Index the channel again, or lock a package of another channel.",
        )
    if bundles is None:
        return None
    entry = bundles.get(record.file_name)
    if entry is None or entry["package_sha256"] != record.sha256.hex():
        raise ChannelError(
            f"{index} has no bundle that fits {record.file_name}.",
            help="Update the channel with 'conda-emscripten index'.",
        )
    return entry


def read_bundles(url: str) -> Mapping[str, BundleEntry] | None:
    """The entries of a ``bundles.json``; None if the channel has no such file."""
    try:
        if url.startswith("file:"):
            path = Path(unquote(urlsplit(url).path))
            if not path.is_file():
                return None
            content: Any = json.loads(path.read_bytes())
        else:
            response = httpx.get(url, follow_redirects=True)
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            content = response.raise_for_status().json()
    except (OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ChannelError(
            f"{url} cannot be read: {error}.",
            help="Check the channel's URL, and update the channel with 'conda-emscripten index'.",
        ) from error
    return _check_bundles(url, content)


class _Location(TypedDict):
    """The keys of a ``BundleEntry`` that a lock needs."""

    package_sha256: Digest
    bundle: BundleName | None
    size: Count
    sha256: Digest | None
    head_size: NotRequired[Count]
    head_sha256: NotRequired[Digest | None]
    parts: NotRequired[list[BundlePart]]


class _Bundles(TypedDict):
    version: int
    bundles: dict[str, _Location]


def _check_bundles(url: str, content: Any) -> Mapping[str, BundleEntry]:
    """The entries of the parsed ``bundles.json`` at ``url``."""
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, int) and version not in (WHOLE_VERSION, BUNDLES_VERSION):
        raise ChannelError(
            f"{url} has version {version}, this program reads {WHOLE_VERSION} and "
            f"{BUNDLES_VERSION}.",
            help="Run 'conda-emscripten index' of the same release as this program.",
        )
    try:
        bundles: Any = checked(content, _Bundles, "its content")["bundles"]
    except ValueError as error:
        raise ChannelError(
            f"{url} is damaged: {error}.",
            help="Update the channel with 'conda-emscripten index'.",
        ) from error
    found: Mapping[str, BundleEntry] = bundles
    return found


def _relative(channel: str, output: Path) -> str:
    """The name of a channel in a lock at ``output``."""
    if not channel.startswith("file:"):
        return channel
    folder = Path(unquote(urlsplit(channel).path))
    return Path(os.path.relpath(folder, output.resolve().parent)).as_posix() + "/"
