"""How is a subdir's repodata cut into shards, one for each package name (CEP 16)?

This module writes the shards. Two keys are not in the CEP, and other readers ignore them:
``bundles`` in a shard, with which the loader fetches bundles without ``bundles.json``, and
``current`` in the index, the digest of a shard with the current packages (current.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import msgpack
import zstandard

from conda_emscripten.channel_layout import SHARD_FOLDER, SHARD_INDEX, SHARD_SUFFIX
from conda_emscripten.files import atomic_write, write_if_changed
from conda_emscripten.json_formats import ShardBundle

_LEVEL = 10
_CONTAINERS = ("packages", "packages.conda")
_DIGESTS = ("sha256", "md5", "head_sha256")

#: Of a record in the shard of the current packages: what the loader's solver reads.
_SOLVED = (
    *("name", "version", "build", "build_number", "subdir", "sha256"),
    *("depends", "constrains", "timestamp", "track_features"),
)
#: In bytes. A larger shard of the current packages is not written: the shards of the names that a
#: page needs are fewer bytes.
_CURRENT_LIMIT = 1_000_000


def write_shards(
    folder: Path,
    repodata: Mapping[str, Any],
    bundles: Mapping[str, ShardBundle],
    current: AbstractSet[str] = frozenset(),
) -> set[str]:
    """Write the shards of a subdir, then the index that names them.

    The name of a shard is the sha256 of its bytes, so an unchanged shard keeps its name. Stale
    shards stay for clients that still have the old index: see ``remove_stale_shards``.

    Args:
        folder: the folder of the subdir.
        repodata: the content of the subdir's ``repodata.json``.
        bundles: file name of the package -> its bundle; digests in hexadecimal.
        current: the file names of the current packages; without any, the index names no such shard.

    Returns:
        The file names of the shards that the index names.
    """

    def add(shard: dict[str, Any], container: str, file: str, record: Mapping[str, Any]) -> None:
        shard[container][file] = _packed(record)
        if file in bundles:
            shard.setdefault("bundles", {})[file] = _packed(bundles[file])

    shards: dict[str, dict[str, Any]] = {}
    shard_of_current = _empty_shard()
    for container in _CONTAINERS:
        for file, record in repodata.get(container, {}).items():
            add(shards.setdefault(record["name"], _empty_shard()), container, file, record)
            if file in current:
                solved = {key: record[key] for key in _SOLVED if key in record}
                add(shard_of_current, container, file, solved)
    (folder / SHARD_FOLDER).mkdir(exist_ok=True)
    digests = {name: _write(folder, _bytes(shard)) for name, shard in sorted(shards.items())}
    info = {"subdir": folder.name, "base_url": "", "shards_base_url": f"./{SHARD_FOLDER}/"}
    index: dict[str, Any] = {"version": 1, "info": info, "shards": digests}
    used = set(digests.values())
    if current and len(data := _bytes(shard_of_current)) <= _CURRENT_LIMIT:
        index["current"] = _write(folder, data)
        used.add(index["current"])
    write_if_changed(folder / SHARD_INDEX, _bytes(index))
    return {digest.hex() + SHARD_SUFFIX for digest in used}


def remove_stale_shards(folder: Path, used: set[str]) -> None:
    """Remove the shards of a subdir whose names are not in ``used``, the names of its index."""
    for path in (folder / SHARD_FOLDER).iterdir():
        if path.name not in used:
            path.unlink()


def _empty_shard() -> dict[str, Any]:
    return {"packages": {}, "packages.conda": {}, "removed": []}


def _bytes(content: Mapping[str, Any]) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(msgpack.packb(content))


def _write(folder: Path, data: bytes) -> bytes:
    """Write a shard if it is missing. Returns its digest."""
    digest = hashlib.sha256(data).digest()
    path = folder / SHARD_FOLDER / (digest.hex() + SHARD_SUFFIX)
    if not path.is_file():
        atomic_write(path, data)
    return digest


def _packed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record in the form of CEP 16: digests are bytes."""
    packed: dict[str, Any] = {
        key: bytes.fromhex(value) if key in _DIGESTS and value is not None else value
        for key, value in record.items()
    }
    if "parts" in packed:  # of a bundle
        packed["parts"] = [_packed(part) for part in packed["parts"]]
    return packed
