"""What is in a lock: a solved set of packages, each with all that is needed to fetch and verify it?

The form is described in docs/reference/bundle-format.md. ``loadPyodide({lock})`` reads it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from rattler import RepoDataRecord
from rattler.exceptions import GatewayError

from conda_emscripten.bundle_format import FORMAT_VERSION
from conda_emscripten.environment import solve, solver_errors
from conda_emscripten.errors import ChannelError, UsageError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.project import TARGET_PLATFORM

VERSION = 1


def lock_of(
    specs: Sequence[str], packages: Sequence[dict[str, Any]], platform: str = TARGET_PLATFORM
) -> dict[str, Any]:
    """The content of a lock file; ``packages`` are made by ``entry_of``."""
    return {
        "version": VERSION,
        "platform": platform,
        "specs": list(specs),
        "packages": sorted(packages, key=lambda package: str(package["name"])),
    }


def entry_of(
    record: RepoDataRecord, bundle: Mapping[str, Any] | None, channel: str | None = None
) -> dict[str, Any]:
    """What a lock says of a package.

    Args:
        record: has a sha256.
        bundle: the package's entry in ``bundles.json``; None if its channel has no bundles.
        channel: URL that ends in "/"; None if the lock lies in the channel.
    """
    entry = {
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
        if bundle.get("head_sha256"):  # a channel that was indexed long ago does not say it
            entry["bundle_head_size"] = bundle["head_size"]
            entry["bundle_head_sha256"] = bundle["head_sha256"]
    return entry


def write_lock(
    output: Path, specs: Sequence[str], *, channels: Sequence[str], platform: str, cache_dir: Path
) -> dict[str, Any]:
    """Solve specs and write the lock of what they need.

    Args:
        output: the lock file; an existing one is replaced as a whole.
        specs: MatchSpecs (CEP 29).
        channels: URLs, the first has priority; a channel on this machine is named by its path
            relative to ``output``.
        platform: the subdir beside ``noarch``.
        cache_dir: for repodata.

    Returns:
        What was written.

    Raises:
        UsageError: a spec cannot be read, or ``output`` not written.
        BuildError: the specs have no solution.
        ChannelError: a channel cannot be read, or its bundles are not those of its packages.
    """
    urls = [url.rstrip("/") + "/" for url in channels]
    with solver_errors(specs, platform):
        try:
            records = asyncio.run(solve(specs, urls, platform, cache_dir))
        except GatewayError as error:
            raise ChannelError(
                f"A channel cannot be read: {error}. Check {' and '.join(urls)}."
            ) from error
    bundles: dict[str, dict[str, Any] | None] = {}
    packages = []
    for record in records:
        channel = record.url.removesuffix(f"{record.subdir}/{record.file_name}")
        index = f"{channel}{record.subdir}/bundles.json"
        if index not in bundles:
            bundles[index] = _read_bundles(index)
        bundle = _bundle(record, index, bundles[index])
        packages.append(entry_of(record, bundle, _relative(channel, output)))
    lock = lock_of(specs, packages, platform)
    with os_errors(UsageError, f"{output}: cannot be written"):
        atomic_write(output, (json.dumps(lock, indent=1) + "\n").encode())
    return lock


def _bundle(
    record: RepoDataRecord, index: str, bundles: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    if not record.sha256:
        raise ChannelError(
            f"{record.url} has no sha256 in its channel's index: it cannot be locked."
        )
    if bundles is None:
        return None
    entry: dict[str, Any] | None = bundles.get(record.file_name)
    if entry is None or entry["package_sha256"] != record.sha256.hex():
        raise ChannelError(
            f"{index} has no bundle that fits {record.file_name}. Bring the channel up to date "
            "with `conda-emscripten index`."
        )
    return entry


def _read_bundles(url: str) -> dict[str, Any] | None:
    """The entries of a ``bundles.json``, or None where there is no such file."""
    try:
        if url.startswith("file:"):
            path = Path(unquote(urlsplit(url).path))
            content = json.loads(path.read_text()) if path.is_file() else None
        else:
            response = httpx.get(url, follow_redirects=True)
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            content = response.raise_for_status().json()
    except (OSError, httpx.HTTPError, ValueError) as error:
        raise ChannelError(f"{url} cannot be read: {error}.") from error
    if content is None:
        return None
    if content.get("version") != FORMAT_VERSION:
        raise ChannelError(
            f"{url} has version {content.get('version')}, this program reads {FORMAT_VERSION}. "
            "Run `conda-emscripten index`."
        )
    entries: dict[str, Any] = content["bundles"]
    return entries


def _relative(channel: str, output: Path) -> str:
    """How a lock at ``output`` names a channel."""
    if not channel.startswith("file:"):
        return channel
    folder = Path(unquote(urlsplit(channel).path))
    return Path(os.path.relpath(folder, output.resolve().parent)).as_posix() + "/"
