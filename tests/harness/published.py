"""How does a test read a published channel as clients do?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import zstandard


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of all files below a folder, by path with slashes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def check(files: Mapping[str, bytes], leaving: Collection[str] = ()) -> int:
    """Every file that an index names is there, with the sha256 that the index gives.

    Args:
        files: the bytes of a channel's files by name.
        leaving: packages that may be in the repodata without an entry in ``bundles.json``.

    Returns:
        The number of named files.
    """
    count = 0
    for name, sha256 in _named(files, leaving):
        assert name in files, name
        assert hashlib.sha256(files[name]).hexdigest() == sha256, name
        count += 1
    return count


def _named(
    files: Mapping[str, bytes], leaving: Collection[str]
) -> Iterator[tuple[str, str | None]]:
    for index, content in files.items():
        subdir, _, name = index.rpartition("/")
        if name in ("repodata.json", "repodata.json.zst"):
            repodata = json.loads(_unzstd(content) if name.endswith(".zst") else content)
            bundles = json.loads(files.get(f"{subdir}/bundles.json", b'{"bundles": {}}'))["bundles"]
            for package, record in repodata["packages.conda"].items():
                yield f"{subdir}/{package}", record["sha256"]
                # A removed package is removed from bundles.json first.
                assert bundles.get(package, {}).get("package_sha256") in (record["sha256"], None)
                assert package in bundles or package in leaving or subdir == "linux-64"
        if name == "bundles.json":
            for bundle in json.loads(content)["bundles"].values():
                for file in (bundle, *bundle.get("parts", ())):
                    if file["bundle"]:
                        yield f"{subdir}/{file['bundle']}", file["sha256"]
        if name == "repodata_shards.msgpack.zst":
            shards = msgpack.unpackb(_unzstd(content))
            current = [shards["current"]] if "current" in shards else []
            for digest in (*shards["shards"].values(), *current):
                shard = f"{subdir}/shards/{digest.hex()}.msgpack.zst"
                yield shard, digest.hex()
                yield from _named_by_shard(subdir, msgpack.unpackb(_unzstd(files[shard])))
        if index in ("lock.json", "default-lock.json"):
            for package in json.loads(content)["packages"]:
                if package["bundle"]:
                    yield f"{package['subdir']}/{package['bundle']}", package["bundle_sha256"]
                for part in package.get("bundle_parts", ()):
                    yield f"{package['subdir']}/{part['bundle']}", part["sha256"]


def _named_by_shard(subdir: str, shard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for package, record in shard["packages.conda"].items():
        yield f"{subdir}/{package}", record["sha256"].hex()
    for bundle in shard.get("bundles", {}).values():
        for file in (bundle, *bundle.get("parts", ())):
            if file["bundle"]:
                yield f"{subdir}/{file['bundle']}", file["sha256"].hex()


def _unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A target, read and written without ``publish``.

    Attributes:
        address: the argument of ``publish``.
        read: the bytes of all files, by name.
        write: write a file.
        remove: remove a file.
    """

    address: str
    read: Callable[[], dict[str, bytes]]
    write: Callable[[str, bytes], object]
    remove: Callable[[str], object]

    @classmethod
    def folder(cls, path: Path, address: str | None = None) -> Place:
        """A folder."""

        def write(name: str, data: bytes) -> None:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)

        return cls(
            address=address or str(path),
            read=lambda: contents(path),
            write=write,
            remove=lambda name: (path / name).unlink(),
        )

    @classmethod
    def bucket(cls, client: Any, bucket: str, prefix: str) -> Place:
        """A folder of a bucket."""

        def read() -> dict[str, bytes]:
            found = client.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", [])
            return {
                entry["Key"].removeprefix(f"{prefix}/"): client.get_object(
                    Bucket=bucket, Key=entry["Key"]
                )["Body"].read()
                for entry in found
            }

        return cls(
            address=f"s3://{bucket}/{prefix}",
            read=read,
            write=lambda name, data: client.put_object(
                Bucket=bucket, Key=f"{prefix}/{name}", Body=data
            ),
            remove=lambda name: client.delete_object(Bucket=bucket, Key=f"{prefix}/{name}"),
        )
