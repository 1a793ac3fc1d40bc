"""How is a subdir's repodata cut into shards, one for each package name (CEP 16)?

This module writes the shards. They have a key that is not in the CEP and that other readers ignore:
``bundles``, with which the loader fetches bundles without ``bundles.json``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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


def write_shards(
    folder: Path, repodata: Mapping[str, Any], bundles: Mapping[str, ShardBundle]
) -> set[str]:
    """Write the shards of a subdir, then the index that names them.

    The name of a shard is the sha256 of its bytes, so an unchanged shard keeps its name. Stale
    shards stay for clients that still have the old index: see ``remove_stale_shards``.

    Args:
        folder: the folder of the subdir.
        repodata: the content of the subdir's ``repodata.json``.
        bundles: file name of the package -> its bundle; digests in hexadecimal.

    Returns:
        The file names of the shards that the index names.
    """
    shards: dict[str, dict[str, Any]] = {}
    for container in _CONTAINERS:
        for file, record in repodata.get(container, {}).items():
            shard = shards.setdefault(
                record["name"], {"packages": {}, "packages.conda": {}, "removed": []}
            )
            shard[container][file] = _packed(record)
            if file in bundles:
                shard.setdefault("bundles", {})[file] = _packed(bundles[file])
    (folder / SHARD_FOLDER).mkdir(exist_ok=True)
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    digests: dict[str, bytes] = {}
    for name, shard in sorted(shards.items()):
        data = compressor.compress(msgpack.packb(shard))
        digests[name] = hashlib.sha256(data).digest()
        path = folder / SHARD_FOLDER / (digests[name].hex() + SHARD_SUFFIX)
        if not path.is_file():
            atomic_write(path, data)
    info = {"subdir": folder.name, "base_url": "", "shards_base_url": f"./{SHARD_FOLDER}/"}
    index = compressor.compress(msgpack.packb({"version": 1, "info": info, "shards": digests}))
    path = folder / SHARD_INDEX
    write_if_changed(path, index)
    return {digest.hex() + SHARD_SUFFIX for digest in digests.values()}


def remove_stale_shards(folder: Path, used: set[str]) -> None:
    """Remove the shards of a subdir whose names are not in ``used``, the names of its index."""
    for path in (folder / SHARD_FOLDER).iterdir():
        if path.name not in used:
            path.unlink()


def _packed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record in the form of CEP 16: digests are bytes."""
    packed: dict[str, Any] = {
        key: bytes.fromhex(value) if key in _DIGESTS and value is not None else value
        for key, value in record.items()
    }
    if "parts" in packed:  # of a bundle
        packed["parts"] = [_packed(part) for part in packed["parts"]]
    return packed
