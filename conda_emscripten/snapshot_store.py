"""Which snapshots does a channel have?

``snapshots.json`` lists them by name, and the file of each is ``snapshots/<sha256>.snap``. A
snapshot needs the exact bundles that it was made with: ``index`` drops the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conda_emscripten.bundle import Bundle
from conda_emscripten.channel_layout import SNAPSHOT_FOLDER, SNAPSHOT_SUFFIX
from conda_emscripten.files import atomic_write, write_json
from conda_emscripten.json_check import checked
from conda_emscripten.json_formats import SNAPSHOTS_VERSION, SnapshotEntry, SnapshotsJson
from conda_emscripten.snapshot_file import read_snapshot

FILE = "snapshots.json"


def snapshot_path(channel: Path, entry: SnapshotEntry) -> Path:
    """The file of a snapshot."""
    return channel / SNAPSHOT_FOLDER / f"{entry['sha256']}{SNAPSHOT_SUFFIX}"


def read_snapshots(channel: Path) -> dict[str, SnapshotEntry]:
    """The snapshots that a channel lists, by name; none if the list is missing or unreadable."""
    try:
        content: Any = json.loads((channel / FILE).read_bytes())
        checked(content, SnapshotsJson, FILE)
    except (OSError, ValueError):
        return {}
    listed: dict[str, SnapshotEntry] = content["snapshots"]
    return listed if content["version"] == SNAPSHOTS_VERSION else {}


def add_snapshot(channel: Path, name: str, data: bytes, imports: Sequence[str]) -> SnapshotEntry:
    """Add a snapshot to a channel, whose lock the caller holds; it replaces that of the same name.

    Args:
        name: the name in ``loadPyodide({snapshot: name})``.
        data: the file.
        imports: the imported modules.

    Raises:
        OSError: a file cannot be written.
    """
    snapshot = read_snapshot(data)
    entry: SnapshotEntry = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "api": snapshot.api,
        "imports": list(imports),
        "packages": sorted(package["file"] for package in snapshot.lock["packages"]),
    }
    path = snapshot_path(channel, entry)
    path.parent.mkdir(exist_ok=True)
    atomic_write(path, data)
    _write(channel, {**read_snapshots(channel), name: entry})
    remove_stale_snapshots(channel)
    return entry


def update_snapshots(channel: Path, bundles: Mapping[str, Sequence[Bundle]]) -> None:
    """Write the list of the snapshots whose packages are those of the channel.

    Args:
        bundles: subdir -> its bundles.
    """
    present = {bundle.sha256 for listed in bundles.values() for bundle in listed}
    listed = read_snapshots(channel)
    _write(
        channel, {name: entry for name, entry in listed.items() if _fits(channel, entry, present)}
    )


def remove_stale_snapshots(channel: Path) -> None:
    """Remove the files of snapshots that the channel does not list."""
    used = {snapshot_path(channel, entry) for entry in read_snapshots(channel).values()}
    for path in (channel / SNAPSHOT_FOLDER).glob(f"*{SNAPSHOT_SUFFIX}"):
        if path not in used:
            path.unlink()


def copy_snapshots(channel: Path, target: Path) -> None:
    """Copy the list and the files to another channel on the same file system."""
    listed = read_snapshots(channel)
    _write(target, listed)
    (target / SNAPSHOT_FOLDER).mkdir()
    for entry in listed.values():
        snapshot_path(target, entry).hardlink_to(snapshot_path(channel, entry))


def _fits(channel: Path, entry: SnapshotEntry, present: set[str | None]) -> bool:
    try:
        data = snapshot_path(channel, entry).read_bytes()
        packages = read_snapshot(data).lock["packages"]
    except (OSError, ValueError):
        return False
    own = [package for package in packages if "channel" not in package]
    return all(package.get("bundle_sha256") in present for package in own)


def _write(channel: Path, snapshots: Mapping[str, SnapshotEntry]) -> None:
    content: SnapshotsJson = {
        "version": SNAPSHOTS_VERSION,
        "snapshots": {name: snapshots[name] for name in sorted(snapshots)},
    }
    write_json(channel / FILE, content)
